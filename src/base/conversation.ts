// Conversations and preference pairs, as rows of a dataset hold them.
/** Who speaks. Templates know these and refuse others. */
export type Role = 'system' | 'user' | 'assistant' | 'tool';

/** One call of a tool in an answer. */
export interface ToolCall {
  id?: string;
  name: string;
  /** By name; a text where what was written is no JSON object. */
  arguments: Record<string, unknown> | string;
}

/** What a tool is, as published data sets and templates know it: `{"type": "function", "function": {…}}`. */
export type ToolSchema = Record<string, unknown>;

/** What a tool is called, wrapped or not; empty where it has no name. */
export function toolName(tool: ToolSchema): string {
  const { function: inner } = tool;
  const { name } = (typeof inner === 'object' && inner !== null ? inner : tool) as ToolSchema;
  return typeof name === 'string' ? name : '';
}

export interface Message {
  role: Role;
  /** Empty where an answer is nothing but calls or reasoning. */
  content: string;
  /** How much an assistant's answer counts in training: 0 leaves it out. Default 1. */
  weight?: number;
  /** Absent where there are none. */
  toolCalls?: ToolCall[];
  /** Of a tool's result: the call that it answers. */
  toolCallId?: string;
  /** Of a tool's result the tool, else who speaks. */
  name?: string;
  /** What was thought before the answer; empty where its row says that nothing was. */
  reasoning?: string;
}

/** As f32, in which weights are kept. */
const LEAST_WEIGHT = Math.fround(1e-6);
const MOST_WEIGHT = 1e6;

/** Whether an answer can count so much: the sum of a batch's weights, and its inverse, stay far inside f32's range. */
export const isUsableWeight = (weight: number): boolean =>
  weight === 0 || (weight >= LEAST_WEIGHT && weight <= MOST_WEIGHT);

export interface Conversation {
  messages: Message[];
  /** Tools that could be called; absent where there are none. */
  tools?: ToolSchema[];
}

/** Two answers to the same conversation, the first of which someone preferred. */
export interface PreferencePair {
  prompt: Message[];
  chosen: Message[];
  rejected: Message[];
  tools?: ToolSchema[];
}

/** A call as data sets and templates write it. */
export const publishedCall = ({ id, name, arguments: given }: ToolCall): Record<string, unknown> => ({
  ...(id !== undefined && { id }),
  type: 'function',
  function: { name, arguments: given },
});

/** A message under the names that data sets and trainers have for its fields. */
export const publishedMessage = ({ role, content, ...rest }: Message): Record<string, unknown> => ({
  role,
  content,
  ...(rest.weight !== undefined && { weight: rest.weight }),
  ...(rest.reasoning !== undefined && { reasoning_content: rest.reasoning }),
  ...(rest.toolCalls && { tool_calls: rest.toolCalls.map(publishedCall) }),
  ...(rest.toolCallId !== undefined && { tool_call_id: rest.toolCallId }),
  ...(rest.name !== undefined && { name: rest.name }),
});

/** A conversation as a line of JSON that other trainers read. */
export const publishedLine = ({ messages, tools }: Conversation): string =>
  JSON.stringify({ messages: messages.map(publishedMessage), tools });

/** All that a message says, as plain text: what was thought, then the words, then each call as JSON. */
export function writtenText({ content, reasoning, toolCalls = [] }: Message): string {
  const thought = !reasoning ? [] : [`<think>\n${reasoning}\n</think>`];
  const calls = toolCalls.map(({ name, arguments: given }) => JSON.stringify({ name, arguments: given }));
  const parts = [...thought, content, ...calls];
  return parts.length === 1 ? content : parts.filter((part) => part !== '').join('\n');
}

/** A conversation as `role: content` lines. */
export const spokenLines = (messages: readonly Message[]): string =>
  messages.map((message) => `${message.role}: ${writtenText(message)}`).join('\n');

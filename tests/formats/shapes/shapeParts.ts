// What the tables of published rows share: turns, calls, questions and answers of our own writing.
import type { ToolCall } from '../../../src/base/conversation';
import type { JsonObject } from '../../../src/formats/json';

export const user = (content: string) => ({ role: 'user', content });
export const assistant = (content: string, more: object = {}) => ({ role: 'assistant', content, ...more });
export const system = (content: string) => ({ role: 'system', content });
export const call = (name: string, given: ToolCall['arguments'], id?: string): ToolCall => ({
  ...(id !== undefined && { id }),
  name,
  arguments: given,
});
export const QA = [user('How tall is the fir?'), assistant('Forty metres.')];
export const [ASK, SAY] = ['How tall is the fir?', 'Forty metres.'];
export const chat = (messages: object[], more: object = {}) => ({ content: 'chat', messages, ...more });
export const text = (said: string) => ({ content: 'text', text: said });
export const pair = (more: object = {}) => ({
  content: 'preference',
  pair: { prompt: [user(ASK)], chosen: [assistant(SAY)], rejected: [assistant('No idea.')], ...more },
});
export const SCHEMA = {
  type: 'function',
  function: { name: 'height', description: 'Height of a tree', parameters: { type: 'object', properties: {} } },
};
export const TOOLS = { tools: [SCHEMA] };
export const CALL = call('height', { tree: 'fir' }, 'c1');
export const OPENAI_CALL = { id: 'c1', type: 'function', function: { name: 'height', arguments: '{"tree":"fir"}' } };
export const TOOL_TALK = [
  user(ASK),
  assistant('', { toolCalls: [CALL] }),
  { role: 'tool', content: '40', toolCallId: 'c1' },
  assistant(SAY),
];

export const TREE = {
  role: 'prompter',
  text: ASK,
  replies: [
    { role: 'assistant', text: 'No idea.', rank: 1, replies: [] },
    { role: 'assistant', text: SAY, rank: 0, replies: [{ role: 'prompter', text: 'Thanks.', replies: [] }] },
  ],
};
export const COMPLETIONS = [
  { response: 'No idea.', overall_score: 2 },
  { response: SAY, overall_score: 8 },
];

/** A published shape, what the row becomes, and what stands beside it. */
export type Shape = [name: string, row: JsonObject, kept: object, facts?: object];

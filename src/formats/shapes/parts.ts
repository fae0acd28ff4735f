// The content of one turn: a text, or a list of parts that are text, reasoning, calls of tools and their results.
import type { Message, ToolCall } from '../../base/conversation';
import { isObject, own, type JsonObject } from '../json';
import { callsIn } from './toolCalls';
import { cellText } from './values';

/** What the parts of a content say. */
export interface Content {
  text: string;
  reasoning: string;
  calls: ToolCall[];
  /** Results that stand among the parts of a user's turn. */
  results: Message[];
}

/** Undefined where a part is something else, as an image. */
export function contentParts(value: unknown): Content | undefined {
  const text = cellText(value);
  if (text !== undefined) return { text, reasoning: '', calls: [], results: [] };
  if (isObject(value) && Array.isArray(own(value, 'parts'))) return contentParts(own(value, 'parts'));
  const parts: unknown[] | undefined = Array.isArray(value) ? value : isObject(value) ? [value] : undefined;
  const read = parts?.map(partOf);
  if (!read?.every((part) => part !== undefined)) return undefined;
  return {
    text: read.map((part) => part.text ?? '').join(''),
    reasoning: read.map((part) => part.reasoning ?? '').join(''),
    calls: read.flatMap(({ calls = [] }) => calls),
    results: read.flatMap(({ results = [] }) => results),
  };
}

function partOf(part: unknown): Partial<Content> | undefined {
  if (typeof part === 'string') return { text: part };
  if (!isObject(part)) return undefined;
  return thoughtPart(part) ?? callPart(part) ?? resultPart(part) ?? textPart(part);
}

/** `refusal` is OpenAI's answer that refuses. */
function textPart(part: JsonObject): Partial<Content> | undefined {
  const text = own(part, 'text') ?? own(part, 'refusal');
  return typeof text === 'string' ? { text } : undefined;
}

/** Anthropic's and Mistral's `thinking`, Gemini's `thought`; what was redacted holds nothing to read. */
function thoughtPart(part: JsonObject): Partial<Content> | undefined {
  const type = own(part, 'type');
  if (type === 'redacted_thinking') return {};
  if (own(part, 'thought') === true) return { reasoning: cellText(own(part, 'text')) ?? '' };
  if (type !== 'thinking' && type !== 'reasoning') return undefined;
  const thought = contentParts(own(part, 'thinking') ?? own(part, 'reasoning') ?? own(part, 'text'));
  return thought && { reasoning: thought.text };
}

function callPart(part: JsonObject): Partial<Content> | undefined {
  const call = own(part, 'functionCall') ?? (own(part, 'type') === 'tool_use' ? part : undefined);
  const calls = call === undefined ? undefined : callsIn(call);
  return calls && { calls };
}

function resultPart(part: JsonObject): Partial<Content> | undefined {
  const response = own(part, 'functionResponse');
  if (isObject(response)) {
    const name = cellText(own(response, 'name'));
    return { results: [{ ...resultOf(own(response, 'response')), ...(name !== undefined && { name }) }] };
  }
  if (own(part, 'type') !== 'tool_result') return undefined;
  const id = cellText(own(part, 'tool_use_id'));
  return { results: [{ ...resultOf(own(part, 'content')), ...(id !== undefined && { toolCallId: id }) }] };
}

/** Anything that a tool may give back: text, else JSON. */
export const resultOf = (value: unknown): Message => ({
  role: 'tool',
  content: contentParts(value ?? '')?.text ?? JSON.stringify(value),
});

// Prompt ids and stop conditions: of a text to continue, or of a conversation in the model's chat template.
import type { PromptFacts } from '../../base/chat';
import type { Message, ToolSchema } from '../../base/conversation';
import { AtelierError } from '../../base/errors/errors';
import type { ModelRecord } from '../../base/records/model';
import { callTurn } from '../../data/chat/callFormats';
import type { ChatTemplate } from '../../data/chat/chatTemplate';
import { NEXT_LINE, templateFor, templateKind } from '../../data/chat/defaultTemplates';
import { promptIds } from '../../data/chat/gradedRow';
import type { Tokenizer } from '../../data/tokens/tokenizer';

/** Prompt ids and the stop conditions. */
export interface Prompt {
  ids: ArrayLike<number>;
  /** Tokens that end what is written. */
  ends: ReadonlySet<number>;
  /**
   * Of a conversation: so many of its oldest messages had no room. A text goes on without its beginning when the
   * context is full.
   */
  droppedMessages?: number;
  /** Texts that end what is written, beside those that were asked for. */
  stop?: readonly string[];
}

type Pretrained = Pick<ModelRecord, 'chatTemplate' | 'templateTokens' | 'endTokenIds'> | undefined;

/**
 * A text to continue. It starts with the model's begin token, or else with the end token of a text before it, as every
 * text does in training.
 */
export const textPrompt = (text: string, tokenizer: Tokenizer, pretrained: Pretrained): Prompt => ({
  ids: [tokenizer.beginId ?? tokenizer.endId, ...tokenizer.encode(text)],
  ends: new Set([tokenizer.endId, ...(pretrained?.endTokenIds ?? [])]),
});

/** 32-bit FNV-1a over the ids of a prompt, in words. */
export const promptHash = (ids: ArrayLike<number>): number =>
  Array.from(ids).reduce((hash, id) => Math.imul(hash ^ id, 0x01000193), 0x811c9dc5 | 0) >>> 0;

/** Tokens that a model sees at once, and how long an answer may become. */
export interface Room {
  capacity: number;
  maxTokens: number;
}

/** An answer that was asked to be long gets half of the context at most; the conversation has the rest. */
const roomFor = ({ capacity, maxTokens }: Room): number => capacity - Math.min(maxTokens, capacity >> 1);

/**
 * A conversation whose next turn is the assistant's. Where it does not fit, its oldest turns are left out, never the
 * system prompt or the last message.
 *
 * @throws template-*, chat-too-long
 */
export function chatPrompt(
  messages: readonly Message[],
  tokenizer: Tokenizer,
  pretrained: Pretrained,
  room?: Room,
  tools?: readonly ToolSchema[],
): Prompt {
  const template = templateFor(pretrained?.chatTemplate, tokenizer, pretrained?.templateTokens);
  const lines = templateKind(pretrained?.chatTemplate, tokenizer) === 'lines';
  const ends = turnEnds(template, tokenizer, pretrained);
  const fitted = fit(messages, template, tokenizer, room, tools);
  return { ...fitted, ends, ...(lines && { stop: [NEXT_LINE] }) };
}

/**
 * How much room the prompt of a conversation takes.
 *
 * @throws template-*, chat-too-long
 */
export function promptFacts(
  messages: readonly Message[],
  tokenizer: Tokenizer,
  pretrained: Pretrained,
  room: Room,
  tools?: readonly ToolSchema[],
): PromptFacts {
  const template = templateFor(pretrained?.chatTemplate, tokenizer, pretrained?.templateTokens);
  const { ids, droppedMessages } = fit(messages, template, tokenizer, room, tools);
  return { prompt: ids.length, capacity: room.capacity, droppedMessages };
}

function fit(
  messages: readonly Message[],
  template: ChatTemplate,
  tokenizer: Tokenizer,
  room?: Room,
  tools?: readonly ToolSchema[],
): { ids: Uint32Array; droppedMessages: number } {
  const most = room ? roomFor(room) : Infinity;
  const system = messages[0]?.role === 'system' ? 1 : 0;
  let from = system;
  for (;;) {
    const ids = promptIds([...messages.slice(0, system), ...messages.slice(from)], template, tokenizer, tools);
    const droppedMessages = from - system;
    if (ids.length <= most) return { ids, droppedMessages };
    // templates may want a question first
    const next = messages.findIndex(({ role }, i) => i > from && role === 'user');
    if (next < 0) return { ids: shortEnough(ids, room!.capacity), droppedMessages };
    from = next;
  }
}

/** The last message may have more than its share, as long as an answer can begin. */
function shortEnough(ids: Uint32Array, capacity: number): Uint32Array {
  if (ids.length < capacity) return ids;
  throw new AtelierError('chat-too-long', { tokens: ids.length, capacity });
}

/** Stands for an answer, so that what follows it in a template is found. */
const ANSWER = 'answer-of-the-assistant';

/** The ends of texts, and the token that ends an answer in the template, which the model's files may not name. */
export function turnEnds(template: ChatTemplate, tokenizer: Tokenizer, pretrained: Pretrained): ReadonlySet<number> {
  const ends = new Set([tokenizer.endId, ...(pretrained?.endTokenIds ?? [])]);
  for (const own of [turnEndOf(template, tokenizer), callEndOf(template, tokenizer)])
    if (own !== undefined) ends.add(own);
  return ends;
}

/**
 * The special token behind the one that ends a call, as FunctionGemma's that begins the tool's answer: an answer ends
 * with it.
 */
function callEndOf(template: ChatTemplate, tokenizer: Tokenizer): number | undefined {
  const pattern = tokenizer.specialPattern?.source;
  const written = callTurn(template)?.trimEnd();
  const last = pattern === undefined ? undefined : written?.match(new RegExp(`(?:${pattern})\\s*(${pattern})$`))?.[1];
  return last === undefined ? undefined : tokenizer.idOf(last);
}

/** A template may demand a system message, as others refuse one. */
function answeredIn(template: ChatTemplate): string {
  const turns: Message[] = [
    { role: 'user', content: 'a' },
    { role: 'assistant', content: ANSWER },
  ];
  try {
    return template.render(turns);
  } catch (thrown) {
    if (!(thrown instanceof AtelierError) || thrown.code === 'template-slow') throw thrown;
    return template.render([{ role: 'system', content: 'a' }, ...turns]);
  }
}

/**
 * The special token that a template writes after an answer.
 *
 * @throws template-*
 */
export function turnEndOf(template: ChatTemplate, tokenizer: Tokenizer): number | undefined {
  const text = answeredIn(template);
  const after = text.slice(text.lastIndexOf(ANSWER) + ANSWER.length);
  const found = tokenizer.specialPattern && after.match(new RegExp(tokenizer.specialPattern.source));
  return found ? tokenizer.idOf(found[0]) : undefined;
}

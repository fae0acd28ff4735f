/** Conversations and pairs as token ids with the loss mask: which tokens a model learns to predict. */
import type { Message, PreferencePair } from '../../base/conversation';
import type { ChatTemplate, Span } from './chatTemplate';
import type { Tokenizer } from '../tokens/tokenizer';

/** Tokens of a row, and how much each counts as a prediction: 0 for those that are only read. */
export interface GradedRow {
  ids: Uint32Array;
  weights: Float32Array;
}

/** Stands inside special tokens that people wrote, so that they are told from those of the template; private use. */
const WRITTEN = '\uE002';

/**
 * A conversation as training reads it: rendered by the model's template, the assistant's parts graded, each by its
 * message's weight, up to and with the token that ends the turn. Special tokens are those that the template wrote: the
 * same characters in a message are text.
 * @throws template-*
 */
export function conversationRow(messages: readonly Message[], template: ChatTemplate, tokenizer: Tokenizer): GradedRow {
  const quoted = messages.map((message) => ({ ...message, content: quote(message.content, tokenizer) }));
  const { text, spans } = template.spans(quoted);
  const row = tokensOf(text, tokenizer);
  const weights = new Float32Array(row.ids.length);
  for (const span of spans) grade(weights, row, span, messages[span.message]!.weight ?? 1, tokenizer);
  return { ids: row.ids, weights };
}

/**
 * A conversation cut after each answer that counts: what the model sees when it gives that one, the earlier ones only
 * read. Where none counts, the conversation as it is.
 */
export function untilEachAnswer(messages: readonly Message[]): Message[][] {
  const cut = messages.flatMap(({ role, weight }, last): Message[][] => {
    if (role !== 'assistant' || weight === 0) return [];
    return [messages.slice(0, last + 1).map((message, i) => (i < last ? { ...message, weight: 0 } : message))];
  });
  return cut.length ? cut : [[...messages]];
}

/** Both rows of a pair; only the answers that differ are graded. */
export function preferenceRows(
  { prompt, chosen, rejected }: PreferencePair,
  template: ChatTemplate,
  tokenizer: Tokenizer,
): { chosen: GradedRow; rejected: GradedRow } {
  const asked = prompt.map((message) => ({ ...message, weight: 0 }));
  const row = (answer: readonly Message[]) => conversationRow([...asked, ...answer], template, tokenizer);
  return { chosen: row(chosen), rejected: row(rejected) };
}

/**
 * The ids of a prompt: a conversation that the assistant is to continue.
 * @throws template-*
 */
export function promptIds(messages: readonly Message[], template: ChatTemplate, tokenizer: Tokenizer): Uint32Array {
  const quoted = messages.map((message) => ({ ...message, content: quote(message.content, tokenizer) }));
  return tokensOf(template.render(quoted, { addGenerationPrompt: true }), tokenizer).ids;
}

const quote = (content: string, { specialPattern: pattern }: Tokenizer): string =>
  pattern ? content.replace(pattern, (token) => `${token[0]}${WRITTEN}${token.slice(1)}`) : content;

/** Tokens and where each begins and ends in the rendered text, in its UTF-16 units as far as they can be told. */
interface Placed {
  ids: Uint32Array;
  /** Length ids + 1. */
  starts: Float64Array;
}

/** The rendered text piece by piece: special tokens of the template, and the text between them. */
function tokensOf(text: string, tokenizer: Tokenizer): Placed {
  const ids: number[] = [];
  const starts: number[] = [];
  const pattern = tokenizer.specialPattern;
  let from = 0;
  const plain = (to: number): void => placeText(text.slice(from, to), from, tokenizer, ids, starts);
  for (const found of pattern ? text.matchAll(pattern) : []) {
    plain(found.index);
    ids.push(tokenizer.idOf(found[0])!);
    starts.push(found.index);
    from = found.index + found[0].length;
  }
  plain(text.length);
  return { ids: Uint32Array.from(ids), starts: Float64Array.from([...starts, text.length]) };
}

/** Tokens of text without special tokens, each with the place in the text where its first byte comes from. */
function placeText(text: string, at: number, tokenizer: Tokenizer, ids: number[], starts: number[]): void {
  if (!text) return;
  const { ids: found, offsets } = tokenizer.encodeWithOffsets(text.replaceAll(WRITTEN, ''), { special: false });
  const places = placesOf(text, tokenizer);
  found.forEach((id, i) => {
    ids.push(id);
    starts.push(at + places(offsets[i]!));
  });
}

/**
 * The unit of a text whose spelling holds a byte. A normaliser may change lengths, but never joins what a base
 * character parts: the bytes of each cluster (a character with its combining marks) are counted by themselves.
 */
function placesOf(text: string, tokenizer: Tokenizer): (byte: number) => number {
  const units: number[] = [];
  const bytes: number[] = [];
  let [unit, byte] = [0, 0];
  for (const [cluster] of text.matchAll(/[\s\S]\p{M}*/gu)) {
    units.push(unit);
    bytes.push(byte);
    unit += cluster.length;
    byte += new TextEncoder().encode(tokenizer.spelled(cluster.replaceAll(WRITTEN, ''))).length;
  }
  let last = 0; // asked for in rising order
  return (wanted) => {
    while (last + 1 < bytes.length && bytes[last + 1]! <= wanted) last++;
    return units[last] ?? 0;
  };
}

/**
 * Grades the tokens that reach into a span. Where the template does not say so itself, none after the special token
 * that ends the turn: the line end behind it is the template's, and no model has to learn it.
 */
function grade(
  weights: Float32Array,
  { ids, starts }: Placed,
  { start, end, marked }: Span,
  weight: number,
  tokenizer: Tokenizer,
): void {
  // the bytes of one character begin at one place: a token may have no length here
  const inside = Array.from(ids.keys()).filter(
    (i) => starts[i]! < end && (starts[i]! >= start || starts[i + 1]! > start),
  );
  const turnEnd = (marked ? undefined : inside.findLast((i) => tokenizer.isSpecial(ids[i]!))) ?? Infinity;
  for (const i of inside) if (i <= turnEnd) weights[i] = weight;
}

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
 * The unit of a text whose spelling holds a byte; asked for in rising order. Characters are counted one by one where
 * the tokenizer spells the text as it is, else in clusters.
 */
function placesOf(text: string, tokenizer: Tokenizer): (byte: number) => number {
  const written = text.replaceAll(WRITTEN, '');
  const next = tokenizer.spelled(written) === written ? measureAt : clustersOf(text, tokenizer);
  let [unit, byte] = [0, 0];
  return (wanted) => {
    for (;;) {
      const { units, bytes } = next(text, unit);
      if (byte + bytes > wanted || unit + units >= text.length) return unit;
      unit += units;
      byte += bytes;
    }
  };
}

/** How many units of a text, and how many bytes of its spelling. */
interface Measure {
  units: number;
  bytes: number;
}

/** By bytes: a character has at most four, and those of four are two units. A lone surrogate becomes U+FFFD. */
const CHARACTERS: readonly Measure[] = [0, 1, 2, 3, 4].map((bytes) => ({ units: bytes === 4 ? 2 : 1, bytes }));

function measureAt(text: string, unit: number): Measure {
  const code = text.charCodeAt(unit);
  if (code < 0x80) return CHARACTERS[1]!;
  if (code < 0x800) return CHARACTERS[2]!;
  if (text[unit] === WRITTEN) return CHARACTERS[0]!;
  return CHARACTERS[text.codePointAt(unit)! > 0xffff ? 4 : 3]!;
}

/**
 * A normaliser may change lengths, but never joins what a base character parts: the bytes of each cluster (a character
 * with its combining marks) are counted by themselves, those of each kind of cluster once.
 */
function clustersOf(text: string, tokenizer: Tokenizer): (text: string, unit: number) => Measure {
  const known = new Map<string, Measure>();
  const utf8 = new TextEncoder();
  const cluster = /[\s\S]\p{M}*/uy;
  return (_, unit) => {
    cluster.lastIndex = unit;
    const found = cluster.exec(text)?.[0] ?? '';
    let measure = known.get(found);
    if (!measure) {
      const bytes = utf8.encode(tokenizer.spelled(found.replaceAll(WRITTEN, ''))).length;
      known.set(found, (measure = { units: found.length, bytes }));
    }
    return measure;
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

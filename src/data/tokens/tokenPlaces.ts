// Where tokens stand in a text: which of its UTF-16 units their first and last bytes come from.
import { sourceOf, type AlignedText } from './alignedText';
import type { PlacedTokens } from './tokenizer';

/** Bytes behind the last that fitted, among which a token is looked for where some of the text are in no token. */
const LOOK_AHEAD = 4096;

/** From `start` to `end`: bytes, or units. */
interface Range {
  start: number;
  end: number;
}

export interface Spelling {
  bytesOf(id: number): Uint8Array | undefined;
  /** Blanks that are not in the text may begin its words. */
  addsBlanks?: boolean;
  /** Stands for what no token spells: each byte or character, or a run of them. */
  unknown?: { id: number; each: 'byte' | 'character' | 'run' };
  /** Whether a byte of a character is left out, so that tokens are made across it. */
  isLost?: ((character: string, byte: number) => boolean) | undefined;
}

const utf8 = new TextEncoder();

/** The tokens of a normalized text, each at its place in the text as it was. */
export function placedTokens(ids: Uint32Array, value: AlignedText, spelling: Spelling): PlacedTokens {
  const bytes = utf8.encode(value.text);
  const kept = keptBytes(value.text, bytes, spelling);
  const spans = kept
    ? spansOf(
        ids,
        bytes.filter((_, i) => kept.has(i)),
        spelling,
      )
    : spansOf(ids, bytes, spelling);
  const ranges = unitsOf(kept ? within(spans, [...kept], bytes.length) : spans, bytes, value);
  const column = (edge: keyof Range): Uint32Array => Uint32Array.from(ranges, (range) => range[edge]);
  return { ids, starts: column('start'), ends: column('end') };
}

/** Which bytes are not left out; undefined where all are there. */
function keptBytes(text: string, bytes: Uint8Array, { isLost }: Spelling): Set<number> | undefined {
  if (!isLost) return undefined;
  const kept = new Set<number>();
  let at = 0;
  for (const character of text)
    for (const end = characterEnd(bytes, at); at < end; at++) if (!isLost(character, bytes[at]!)) kept.add(at);
  return kept;
}

/** Spans over the bytes that were kept, as spans over all. */
const within = (spans: readonly Range[], kept: readonly number[], length: number): Range[] =>
  spans.map(({ start, end }) => ({
    start: kept[start] ?? length,
    end: end > start ? kept[end - 1]! + 1 : (kept[start] ?? length),
  }));

/**
 * The bytes of a normalized text that each of its tokens spells. What a tokenizer puts in has no length; what it leaves
 * out belongs to no token.
 */
function spansOf(ids: Uint32Array, bytes: Uint8Array, spelling: Spelling): Range[] {
  const spans: Range[] = [];
  const run = spelling.unknown?.each === 'run' ? spelling.unknown.id : undefined;
  const endRun = (end: number): void => {
    const last = spans.at(-1);
    if (last && ids[spans.length - 1] === run) last.end = end;
  };
  let at = 0;
  for (const id of ids) {
    const span = spanFrom(at, id, bytes, spelling);
    endRun(span.start);
    spans.push(span);
    at = span.end;
  }
  endRun(bytes.length);
  return spans;
}

function spanFrom(at: number, id: number, bytes: Uint8Array, { bytesOf, unknown, addsBlanks }: Spelling): Range {
  const token = bytesOf(id) ?? new Uint8Array(0);
  if (stands(token, bytes, at)) return { start: at, end: at + token.length };
  if (id === unknown?.id) return { start: at, end: unknown.each === 'byte' ? at + 1 : characterEnd(bytes, at) };
  const rest = addsBlanks && token[0] === 0x20 ? token.subarray(1) : undefined;
  if (rest && stands(rest, bytes, at)) return { start: at, end: at + rest.length };
  const most = Math.min(bytes.length, at + LOOK_AHEAD);
  for (let start = at + 1; start < most; start++)
    for (const spelled of rest ? [token, rest] : [token])
      if (spelled.length && stands(spelled, bytes, start)) return { start, end: start + spelled.length };
  return { start: at, end: at };
}

function stands(token: Uint8Array, bytes: Uint8Array, at: number): boolean {
  if (at + token.length > bytes.length) return false;
  for (let i = 0; i < token.length; i++) if (bytes[at + i] !== token[i]) return false;
  return true;
}

/** Bytes that continue a character of UTF-8 are 10xxxxxx. */
const continues = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

function characterEnd(bytes: Uint8Array, at: number): number {
  if (at >= bytes.length) return at;
  let end = at + 1;
  while (continues(bytes[end])) end++;
  return end;
}

/** Where each span begins and ends in the first text, whole characters. */
function unitsOf(spans: readonly Range[], bytes: Uint8Array, value: AlignedText): Range[] {
  const unitAt = unitsByByte(bytes, value.text.length);
  const beginning = (byte: number): number => sourceOf(value, unitAt(byte));
  return spans.map(({ start, end }) => ({
    start: beginning(start),
    end: end > start ? beginning(characterEnd(bytes, end - 1)) : beginning(start),
  }));
}

/** The unit of the character that a byte is part of. */
function unitsByByte(bytes: Uint8Array, units: number): (byte: number) => number {
  if (bytes.length === units) return (byte) => byte;
  const unitAt = new Int32Array(bytes.length + 1);
  let [unit, width] = [0, 0];
  for (let i = 0; i < bytes.length; i++) {
    if (!continues(bytes[i])) {
      unit += width;
      width = bytes[i]! >= 0xf0 ? 2 : 1;
    }
    unitAt[i] = unit;
  }
  unitAt[bytes.length] = units;
  return (byte) => unitAt[byte]!;
}

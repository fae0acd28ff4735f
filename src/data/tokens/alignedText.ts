// A text on its way through a normalizer, and where each of its parts came from. The steps themselves are those of a
// tokenizer.json.
import { ReplaceNormalizer, Tokenizer as Reference } from '@huggingface/tokenizers';
import { members, type TokenizerStep } from './tokenizerSteps';

/** A rewritten text; `from` says which unit of the first text each UTF-16 unit comes from. */
export interface AlignedText {
  text: string;
  /** Length text + 1: the last is the end of the first text. Absent while every unit is where it was. */
  from?: Int32Array;
}

type Rewrite = (value: AlignedText) => AlignedText;

/** What stands where some units were. */
interface Edit {
  start: number;
  end: number;
  text: string;
}

/** A base character with its marks, and what Hangul makes one syllable of: no normal form joins across these. */
const CLUSTER = /(?:[\u1100-\u115f\ua960-\ua97c\uac00-\ud7a3][\u1160-\u11ff\ud7b0-\ud7fb]*|[\s\S])\p{M}*/gu;
const CHARACTER = /[\s\S]/gu;
const BLANK = /\p{White_Space}/u;

/** All steps of a normalizer, one after the other. */
export function normalizerOf(step: TokenizerStep | null | undefined): Rewrite {
  const steps = members(step).map(rewriteOf);
  return (value) => steps.reduce((so, rewrite) => (so.text ? rewrite(so) : so), value);
}

function rewriteOf(step: TokenizerStep): Rewrite {
  const { type, prepend = '', strip_left: left = false, strip_right: right = false } = step;
  if (type === 'Prepend') return (value) => edited(value, [{ start: 0, end: 0, text: prepend }]);
  if (type === 'Strip') return (value) => edited(value, ends(value.text, left, right));
  const normalizer = libraryNormalizer(step);
  if (!normalizer) return (value) => value;
  if (normalizer instanceof ReplaceNormalizer) {
    const { pattern } = normalizer;
    return (value) => (pattern ? edited(value, replacements(value.text, pattern, step.content ?? '')) : value);
  }
  // Rust's lower case looks at one character, JavaScript's at the word around a sigma
  const pieces = type === 'Lowercase' ? CHARACTER : CLUSTER;
  return (value) => piecewise(value, pieces, (text) => normalizer.normalize(text), type !== 'Lowercase');
}

/** @throws Error for a step that the library does not know */
function libraryNormalizer(step: TokenizerStep): Reference['normalizer'] {
  const nothing = { pre_tokenizer: null, post_processor: null, decoder: null, added_tokens: [] };
  return new Reference({ ...nothing, normalizer: step, model: { type: 'BPE', vocab: {}, merges: [] } }, {}).normalizer;
}

function ends(text: string, left: boolean, right: boolean): Edit[] {
  let [start, end] = [0, text.length];
  if (left) while (start < end && BLANK.test(text[start]!)) start++;
  if (right) while (end > start && BLANK.test(text[end - 1]!)) end--;
  return [
    { start: 0, end: start, text: '' },
    { start: end, end: text.length, text: '' },
  ];
}

const replacements = (text: string, pattern: RegExp, content: string): Edit[] =>
  Array.from(text.matchAll(pattern), ({ 0: found, index }) => ({
    start: index,
    end: index + found.length,
    text: content,
  }));

/** Changes each piece by itself; where the whole gives something else, what differs counts as one piece. */
function piecewise(
  value: AlignedText,
  pieces: RegExp,
  change: (text: string) => string,
  checked: boolean,
): AlignedText {
  const { text } = value;
  const whole = checked ? change(text) : undefined;
  if (whole === text) return value;
  const edits: Edit[] = [];
  const known = new Map<string, string>(); // texts repeat their characters
  for (const { 0: piece, index } of text.matchAll(pieces)) {
    const changed = known.get(piece) ?? change(piece);
    known.set(piece, changed);
    if (changed !== piece) edits.push({ start: index, end: index + piece.length, text: changed });
  }
  const found = edited(value, edits);
  return whole === undefined || found.text === whole ? found : edited(value, [difference(text, whole)]);
}

function difference(before: string, after: string): Edit {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let same = 0;
  while (same < shorter - start && before.at(-1 - same) === after.at(-1 - same)) same++;
  return { start, end: before.length - same, text: after.slice(start, after.length - same) };
}

/** Edits in order of their starts, none within another. */
export function edited(value: AlignedText, edits: readonly Edit[]): AlignedText {
  if (edits.every(({ start, end, text }) => text === value.text.slice(start, end))) return value;
  const parts: string[] = [];
  const from: number[] = [];
  let at = 0;
  const keep = (to: number): void => {
    parts.push(value.text.slice(at, to));
    for (; at < to; at++) from.push(sourceOf(value, at));
  };
  for (const { start, end, text } of edits) {
    keep(start);
    parts.push(text);
    const alike = text.length === end - start;
    for (let i = 0; i < text.length; i++) from.push(sourceOf(value, alike ? start + i : start));
    at = end;
  }
  keep(value.text.length);
  from.push(sourceOf(value, value.text.length));
  return { text: parts.join(''), from: Int32Array.from(from) };
}

/** The unit of the first text that a unit, or the end, comes from. */
export const sourceOf = ({ from }: AlignedText, unit: number): number => from?.[unit] ?? unit;

/** A part of an aligned text. */
export const sliced = ({ text, from }: AlignedText, start: number, end: number): AlignedText => ({
  text: text.slice(start, end),
  from: from ? from.slice(start, end + 1) : Int32Array.from({ length: end - start + 1 }, (_, i) => start + i),
});

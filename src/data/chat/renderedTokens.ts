/** Rendered conversations as tokens with their places: special tokens are those that the template wrote. */
import type { PlacedTokens, Tokenizer } from '../tokens/tokenizer';

/** Stands inside special tokens that people wrote, so that they are told from those of the template; private use. */
const WRITTEN = '\uE002';

/** The same messages or tools with each special token that stands in a text of theirs told apart. */
export function quoted<T>(values: readonly T[], { specialPattern: pattern }: Tokenizer): T[] {
  const quote = (text: string): string =>
    pattern ? text.replace(pattern, (token) => `${token[0]}${WRITTEN}${token.slice(1)}`) : text;
  return values.map((value) => mapTexts(value, quote) as T);
}

/** Every text in a plain value, but a message's role; names of members stay. */
function mapTexts(value: unknown, change: (text: string) => string, name?: string): unknown {
  if (typeof value === 'string') return name === 'role' ? value : change(value);
  if (Array.isArray(value)) return value.map((member) => mapTexts(member, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mapTexts(member, change, key)]));
}

/** The rendered text piece by piece: special tokens of the template, and the text between them. */
export function renderedTokens(text: string, tokenizer: Tokenizer): PlacedTokens {
  const placed = { ids: [] as number[], starts: [] as number[], ends: [] as number[] };
  let from = 0;
  for (const found of tokenizer.specialPattern ? text.matchAll(tokenizer.specialPattern) : []) {
    const id = tokenizer.idOf(found[0])!;
    const end = found.index + found[0].length;
    const { before, behind } = tokenizer.takesBlanks(id);
    const plain = text.slice(from, found.index);
    placeText(before ? plain.replace(BLANKS_AT_END, '') : plain, from, tokenizer, placed);
    placed.ids.push(id);
    placed.starts.push(found.index);
    placed.ends.push(end);
    from = behind ? end + BLANKS.exec(text.slice(end))![0].length : end;
  }
  placeText(text.slice(from), from, tokenizer, placed);
  const { ids, starts, ends } = placed;
  return { ids: Uint32Array.from(ids), starts: Uint32Array.from(starts), ends: Uint32Array.from(ends) };
}

const BLANKS = /^\p{White_Space}*/u;
/** From a blank behind none: a run in the middle is looked through once. */
const BLANKS_AT_END = /(?<!\p{White_Space})\p{White_Space}+$/u;

/** Tokens of text without special tokens, each with its place in the text. */
function placeText(text: string, at: number, tokenizer: Tokenizer, placed: Record<keyof PlacedTokens, number[]>): void {
  if (!text) return;
  const plain = text.replaceAll(WRITTEN, '');
  const { ids, starts, ends } = tokenizer.encodeWithPlaces(plain, { special: false, continues: at > 0 });
  const unit = writtenUnits(text, plain);
  ids.forEach((id, i) => {
    placed.ids.push(id);
    placed.starts.push(at + unit(starts[i]!));
    placed.ends.push(at + unit(ends[i]!));
  });
}

/** The unit of a text for one of the text without its marks. */
function writtenUnits(text: string, plain: string): (unit: number) => number {
  if (text.length === plain.length) return (unit) => unit;
  const units = text.split('').flatMap((character, i) => (character === WRITTEN ? [] : [i]));
  return (unit) => units[unit] ?? text.length;
}

// What tells repeated, broken and machine-made text apart, as published: Gopher's signals (Rae et al. 2021, table A1)
// and FineWeb's, by the definitions of datatrove. Shares of characters count code points.
import { codePointsIn } from './rowText';

/** Scripts without blanks between words: each of their characters counts as a word. */
const UNSPACED = '[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}]';
const WORDS = new RegExp(`${UNSPACED}|(?:(?!${UNSPACED})\\S)+`, 'gu');
export const wordsIn = (text: string): string[] => text.match(WORDS) ?? [];

interface Repeated {
  count: number;
  characters: number;
}

/** Elements that stood before, and their characters. */
function repeatedIn(elements: readonly string[]): Repeated {
  const seen = new Set<string>();
  const repeated = { count: 0, characters: 0 };
  for (const element of elements) {
    if (seen.size < seen.add(element).size) continue;
    repeated.count++;
    repeated.characters += codePointsIn(element);
  }
  return repeated;
}

/** Characters that the most frequent run of `n` words covers; of several, the first. */
function topRun(words: readonly string[], n: number): number {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= words.length; i++) {
    const run = words.slice(i, i + n).join(' ');
    counts.set(run, (counts.get(run) ?? 0) + 1);
  }
  let [top, most] = ['', 0];
  for (const [run, count] of counts) if (count > most) [top, most] = [run, count];
  return codePointsIn(top) * most;
}

/** Characters in runs of `n` words that stood before; a repeated run is passed over whole. */
function repeatedRuns(words: readonly string[], n: number): number {
  const seen = new Set<string>();
  let characters = 0;
  for (let i = 0; i + n <= words.length;) {
    const run = words.slice(i, i + n).join('');
    const isNew = seen.size < seen.add(run).size;
    if (!isNew) characters += codePointsIn(run);
    i += isNew ? 1 : n;
  }
  return characters;
}

const share = <T>(of: readonly T[], is: (one: T) => boolean): number => of.filter(is).length / Math.max(1, of.length);
const occurrences = (text: string, what: RegExp): number => (text.match(what) ?? []).length;
const SENTENCE_END = /[.!?。！？…؟।]["'”’）)\]*`]*$/u;

/** Each a share of 1 unless it says otherwise, from what `signalsOf` was given. */
export interface Signals {
  repeatedParagraphs: number;
  repeatedLines: number;
  repeatedLineCharacters: number;
  top2: number;
  top3: number;
  top4: number;
  repeated5: number;
  repeated6: number;
  repeated7: number;
  repeated8: number;
  repeated9: number;
  repeated10: number;
  /** `#` or ellipses to each word. */
  symbols: number;
  bullets: number;
  ellipses: number;
  /** Words without a letter. */
  noLetters: number;
  /** Lines of at most 30 characters. */
  shortLines: number;
  /** Lines that end in no sentence's end. */
  openLines: number;
  /** 1 where the last line breaks off. */
  brokenOff: number;
}

export function signalsOf(text: string, words: readonly string[] = wordsIn(text)): Signals {
  const size = Math.max(1, codePointsIn(text));
  const paragraphs = text.trim().split(/\n{2,}/);
  const lines = text.split(/\n+/);
  const full = lines.filter((line) => line.trim() !== '');
  const repeatedLines = repeatedIn(lines);
  const top = (n: number): number => topRun(words, n) / size;
  const runs = (n: number): number => repeatedRuns(words, n) / size;
  const ends = (line: string): boolean => SENTENCE_END.test(line.trimEnd());
  const symbols = Math.max(occurrences(text, /#/g), occurrences(text, /\.\.\.|…/g));
  return {
    repeatedParagraphs: repeatedIn(paragraphs).count / paragraphs.length,
    repeatedLines: repeatedLines.count / lines.length,
    repeatedLineCharacters: repeatedLines.characters / size,
    ...{ top2: top(2), top3: top(3), top4: top(4) },
    ...{ repeated5: runs(5), repeated6: runs(6), repeated7: runs(7) },
    ...{ repeated8: runs(8), repeated9: runs(9), repeated10: runs(10) },
    symbols: symbols / Math.max(1, words.length),
    bullets: share(full, (line) => /^\s*[•-]/.test(line)),
    ellipses: share(full, (line) => /(?:\.\.\.|…)\s*$/.test(line)),
    noLetters: share(words, (word) => !/\p{L}/u.test(word)),
    shortLines: share(full, (line) => codePointsIn(line) <= 30),
    openLines: share(full, (line) => !ends(line)),
    brokenOff: full.length > 0 && /[\p{L}\p{N},;，；、]\s*$/u.test(full.at(-1)!) ? 1 : 0,
  };
}

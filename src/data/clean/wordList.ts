// The step of a list of words that a person brings: rows that hold one are left out, or the words are replaced.
import type { CleanRow, CleanStep, FoundSpan, Outcome, StepPass } from './step';

/** Scripts that put no blanks between words: there a word is found anywhere. */
const UNSPACED =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}';
const LETTER = `(?![${UNSPACED}])[\\p{L}\\p{N}_]`;

/** A pattern that finds each of the words whole, whatever its case; the longest first. Undefined for none. */
export function wordsPattern(words: readonly string[]): RegExp | undefined {
  const wanted = [...new Set(words.map((word) => word.trim()).filter((word) => word !== ''))];
  if (!wanted.length) return undefined;
  const each = wanted.sort((a, b) => b.length - a.length).map(bounded);
  return new RegExp(each.join('|'), 'giu');
}

/** Edges that are letters end where no letter follows. */
function bounded(word: string): string {
  const escaped = word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  const isLetter = (at: number): boolean => new RegExp(`^${LETTER}$`, 'u').test(Array.from(word).at(at) ?? '');
  return `${isLetter(0) ? `(?<!${LETTER})` : ''}${escaped}${isLetter(-1) ? `(?!${LETTER})` : ''}`;
}

interface Settings {
  [name: string]: string | readonly string[];
  words: readonly string[];
  then: string;
  by: string;
}

class ListedWords implements StepPass {
  readonly #pattern: RegExp | undefined;

  constructor(private readonly settings: Settings) {
    this.#pattern = wordsPattern(settings.words);
  }

  decide({ parts }: CleanRow): Outcome {
    const pattern = this.#pattern;
    if (!pattern) return { kept: true };
    const spans = parts.flatMap(({ text }, part) => [...text.matchAll(pattern)].map((found) => spanOf(part, found)));
    const [first] = spans;
    if (!first) return { kept: true };
    if (this.settings.then === 'leave-out') return { kept: false, spans, reason: { ...first.reason, code: 'word' } };
    const texts = parts.map(({ text }) => text.replace(pattern, () => this.settings.by));
    return { kept: true, texts, spans, reason: first.reason };
  }
}

const spanOf = (part: number, { index, 0: word }: RegExpExecArray): FoundSpan => ({
  part,
  start: index,
  end: index + word.length,
  reason: { code: 'word', facts: { word } },
});

export const wordListStep: CleanStep<Settings> = {
  kind: 'word-list',
  defaults: { words: [], then: 'leave-out', by: '…' },
  reasons: ['word'],
  choices: { then: ['leave-out', 'replace'] },
  byHand: true,
  start: (settings) => new ListedWords(settings),
};

// The step that adds copies of rows in which words of a list that a person brings are replaced by their synonyms.
import type { RandomStream } from '../../base/numbers/rng';
import { COPY_DEFAULTS, COPY_LIMITS, Copies } from './copies';
import { LOOKED_AT } from './rowText';
import { readLists } from './slotTemplates';
import type { CleanStep, Reason } from './step';
import { wordsPattern } from './wordList';

interface Settings {
  [name: string]: number | string | readonly string[];
  seed: number;
  share: number;
  copies: number;
  on: string;
  words: readonly string[];
  probability: number;
}

/** Of lines as “word: one, another”. */
interface Synonyms {
  /** By the word in small letters. */
  others: ReadonlyMap<string, readonly string[]>;
  /** Lines that name no word or no synonym, from 1. */
  unread: readonly number[];
}

export function synonymsIn(lines: readonly string[]): Synonyms {
  const others = new Map<string, readonly string[]>();
  const unread = readLists(lines, (word, list) => {
    const key = word.toLowerCase();
    const usable = list.filter((other) => other.toLowerCase() !== key);
    if (usable.length) others.set(key, [...new Set([...(others.get(key) ?? []), ...usable])]);
    return usable.length > 0;
  });
  return { others, unread };
}

/** The synonym as the word was written: in capitals, with one, or small. */
function inCaseOf(word: string, other: string): string {
  const [first = ''] = word;
  if (first === first.toLowerCase()) return other;
  const shouted = Array.from(word).length > 1 && word === word.toUpperCase();
  if (shouted) return other.toUpperCase();
  const [start = '', ...rest] = other;
  return start.toUpperCase() + rest.join('');
}

function replacing({ others }: Synonyms, probability: number): (text: string, random: RandomStream) => string {
  const pattern = wordsPattern([...others.keys()]);
  if (!pattern) return (text) => text;
  return (text, random) =>
    text.replace(pattern, (word) => {
      const list = others.get(word.toLowerCase());
      return list && random.next() < probability ? inCaseOf(word, list[random.below(list.length)]!) : word;
    });
}

class SynonymCopies extends Copies {
  readonly #unread: readonly number[];

  constructor(settings: Settings) {
    const synonyms = synonymsIn(settings.words);
    super('synonyms', settings, replacing(synonyms, settings.probability));
    this.#unread = synonyms.unread;
  }

  notes(): Reason[] {
    const [line] = this.#unread;
    return line === undefined ? [] : [{ code: 'synonym-lines', facts: { line, count: this.#unread.length } }];
  }
}

export const synonymsStep: CleanStep<Settings> = {
  kind: 'synonyms',
  defaults: { words: [], probability: 0.3, ...COPY_DEFAULTS },
  reasons: ['synonyms', 'synonym-lines'],
  limits: { probability: [0, 1], ...COPY_LIMITS },
  choices: { on: LOOKED_AT },
  byHand: true,
  augments: true,
  start: (settings) => new SynonymCopies(settings),
};

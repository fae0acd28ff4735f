// The step for rows that are sorted into classes: small letters, no punctuation, without words of a list. A model that
// writes must never learn from such text: it would write so.
import { rewriting } from './rowText';
import type { CleanStep } from './step';
import { wordsPattern } from './wordList';

interface Settings {
  [name: string]: boolean | readonly string[];
  lower: boolean;
  punctuation: boolean;
  stopWords: readonly string[];
}

function folding({ lower, punctuation, stopWords }: Settings): (text: string) => string {
  const stop = wordsPattern(stopWords);
  return (text) => {
    const small = lower ? text.toLowerCase() : text;
    const bare = punctuation ? small.replace(/[\p{P}\p{S}]+/gu, ' ') : small;
    const kept = stop ? bare.replace(stop, ' ') : bare;
    return kept === text ? text : kept.replace(/[ \t]+/g, ' ').trim();
  };
}

export const foldStep: CleanStep<Settings> = {
  kind: 'fold',
  defaults: { lower: true, punctuation: true, stopWords: [] },
  reasons: ['fold'],
  byHand: true,
  columns: () => ['label'],
  start: (settings) => rewriting('fold', folding(settings)),
};

// Distinct-n (Li and others, 2016): of all runs of n words in all answers the share that is not the same as another.
import type { Metric } from '../metric';
import { runsOf, wordPieces } from './textPieces';

/** 52 bits of a text, as a number: rows keep numbers only. Two texts meet once in 4.5 · 10¹⁵. */
function hashed(text: string): number {
  let [low, high] = [0x811c9dc5, 0x9e3779b9];
  for (let i = 0; i < text.length; i++) {
    low = Math.imul(low ^ text.charCodeAt(i), 0x01000193);
    high = Math.imul(high ^ text.charCodeAt(i), 0x85ebca6b) ^ (high >>> 13);
  }
  return (high >>> 12) * 0x1_0000_0000 + (low >>> 0);
}

/** A run drawn twice would be the same as another, so that no interval is made by drawing rows. */
export function distinctMetric(key: string, piecesOf: (answer: string) => readonly string[]): Metric<'generation'> {
  return {
    key,
    task: 'generation',
    unit: 'share',
    direction: 'up',
    whole: true,
    statsOf: ({ answer }) => piecesOf(answer).map(hashed),
    ofRows: (rows) => {
      const all = rows.flat();
      return all.length > 0 ? new Set(all).size / all.length : undefined;
    },
  };
}

export const wordRuns =
  (n: number) =>
  (answer: string): string[] =>
    runsOf(wordPieces(answer), n);

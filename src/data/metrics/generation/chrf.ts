// chrF (Popović, 2015): runs of one to six characters that answer and reference share, recall twice as heavy. As
// sacrebleu's chrF2, without words and without blanks.
import type { Metric, RowStats } from '../metric';
import { totalsOf } from '../totals';
import { countsOf, sharedCount, splitWords, totalCount } from './textPieces';

const [ORDERS, BETA2] = [6, 4];

/** Runs of n code points. */
function characterRuns(characters: readonly string[], n: number): string[] {
  const runs: string[] = [];
  for (let at = 0; at + n <= characters.length; at++) runs.push(characters.slice(at, at + n).join(''));
  return runs;
}

/** By order: runs of the answer (0 where the reference has none), of the reference, of both. */
function chrfCounts(answer: string, reference: string): number[] {
  const [own, theirs] = [answer, reference].map((text) => Array.from(splitWords(text).join(''))) as [
    string[],
    string[],
  ];
  const counts: number[] = [];
  for (let n = 1; n <= ORDERS; n++) {
    const [a, b] = [countsOf(characterRuns(own, n)), countsOf(characterRuns(theirs, n))];
    counts.push(b.size > 0 ? totalCount(a) : 0, totalCount(b), sharedCount(a, b));
  }
  return counts;
}

/** 0 … 100: F2 of the mean precision and recall of the orders that both have. */
function chrfOf(counts: RowStats): number {
  let [precision, recall, orders] = [0, 0, 0];
  for (let n = 0; n < ORDERS; n++) {
    const [own, theirs, both] = counts.slice(3 * n, 3 * n + 3) as [number, number, number];
    if (own === 0 || theirs === 0) continue;
    precision += both / own;
    recall += both / theirs;
    orders++;
  }
  if (precision + recall === 0) return 0;
  return (100 * (1 + BETA2) * precision * recall) / (orders * (BETA2 * precision + recall));
}

export const chrf: Metric<'generation'> = {
  key: 'chrf',
  task: 'generation',
  unit: 'points',
  direction: 'up',
  signature: 'nrefs:var|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0',
  statsOf: ({ answer, references }) =>
    // of several references the one that the answer is nearest to; of two as near the first
    references
      .map((reference) => chrfCounts(answer, reference))
      .reduce<number[] | undefined>((best, one) => (best && chrfOf(best) >= chrfOf(one) ? best : one), undefined),
  perRow: chrfOf,
  ofRows: (rows) => {
    const totals = totalsOf(rows);
    return totals && chrfOf(totals);
  },
};

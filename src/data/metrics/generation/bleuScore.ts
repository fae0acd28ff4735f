// BLEU (Papineni and others, 2002) from counts that add up over rows, as sacrebleu computes it: up to four words, and
// exponential smoothing of orders without a match.
import type { GenerationRow, Metric, RowStats } from '../metric';
import { totalsOf } from '../totals';
import { countsOf, runsOf, sharedCount, type RunCounts, totalCount } from './textPieces';

const ORDERS = [1, 2, 3, 4];

/** The reference length nearest to the answer's; of two as near the shorter one. */
const nearestLength = (length: number, references: readonly number[]): number =>
  references.toSorted((a, b) => Math.abs(a - length) - Math.abs(b - length) || a - b)[0]!;

/** The most that any of the references has of each run. */
function mostOf(all: readonly RunCounts[]): RunCounts {
  const most = new Map<string, number>();
  for (const counts of all) for (const [run, count] of counts) most.set(run, Math.max(most.get(run) ?? 0, count));
  return most;
}

/** Lengths of answer and reference, then matches, then runs of the answer, by order. */
function bleuCounts(answer: readonly string[], references: readonly (readonly string[])[]): RowStats {
  const orders = ORDERS.map((n) => ({
    own: countsOf(runsOf(answer, n)),
    theirs: mostOf(references.map((reference) => countsOf(runsOf(reference, n)))),
  }));
  return [
    answer.length,
    nearestLength(
      answer.length,
      references.map((reference) => reference.length),
    ),
    ...orders.map(({ own, theirs }) => sharedCount(own, theirs)),
    ...orders.map(({ own }) => totalCount(own)),
  ];
}

/** 0 … 100 of summed counts. `rowAlone`: only the orders that so short a text has ("effective order"). */
function bleuOf(counts: readonly number[], rowAlone: boolean): number {
  const [length, wanted, ...rest] = counts as [number, number, ...number[]];
  const [matches, totals] = [rest.slice(0, 4), rest.slice(4)];
  if (matches.every((n) => n === 0)) return 0;
  let [smoothing, logs, orders] = [1, 0, 0];
  for (const n of ORDERS.keys()) {
    const total = totals[n]!;
    if (total === 0) {
      // an order that the text is too short for has no precision, which is a factor of nearly 0 in a corpus
      if (rowAlone) break;
      return 0;
    }
    if (matches[n] === 0) smoothing *= 2;
    logs += Math.log((matches[n] === 0 ? 1 / smoothing : matches[n]!) / total);
    orders++;
  }
  const brevity = length < wanted ? Math.exp(1 - wanted / length) : 1;
  return 100 * brevity * Math.exp(logs / orders);
}

export function bleuMetric(key: string, tokenizer: string, cut: (text: string) => string[]): Metric<'generation'> {
  return {
    key,
    task: 'generation',
    unit: 'points',
    direction: 'up',
    signature: `nrefs:var|case:mixed|eff:no|tok:${tokenizer}|smooth:exp|version:2.6.0`,
    statsOf: ({ answer, references }: GenerationRow) =>
      references.length > 0 ? bleuCounts(cut(answer), references.map(cut)) : undefined,
    perRow: (row) => bleuOf(row, true),
    ofRows: (rows) => {
      const totals = totalsOf(rows);
      return totals && bleuOf(totals, false);
    },
  };
}

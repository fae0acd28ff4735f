// Whether a classifier is as sure as it is right: decisions sorted into bins by their probability, and how far in each
// the mean probability lies from the share that was right (expected calibration error; Naeini and others, 2015).
import { quantileOf } from '../../../base/numbers/statistics';
import type { ClassRow } from '../metric';

/** `width`: bins of one width, (from, to] as usual. `count`: edges at the quantiles, so that all hold about as many. */
export type BinKind = 'width' | 'count';
const BINS = 15;

export interface ReliabilityBin {
  /** Edges of the bin. */
  from: number;
  to: number;
  count: number;
  /** Means; 0 of an empty bin. */
  confidence: number;
  right: number;
}

interface Sure {
  probability: number;
  right: boolean;
}

/** The picked label of a row; where it may have several, each label's yes. */
const decisionsOf = ({ probabilities, labels, several }: ClassRow): Sure[] => {
  if (several) return probabilities.map((probability, label) => ({ probability, right: labels.includes(label) }));
  const probability = Math.max(...probabilities);
  return [{ probability, right: labels.includes(probabilities.indexOf(probability)) }];
};

export function reliabilityBins(rows: readonly ClassRow[], kind: BinKind): ReliabilityBin[] {
  const decisions = rows.flatMap(decisionsOf);
  if (decisions.length === 0) return [];
  const sorted = decisions.map(({ probability }) => probability).sort((a, b) => a - b);
  const edges = Array.from({ length: BINS + 1 }, (_, i) =>
    kind === 'width' ? i / BINS : quantileOf(sorted, i / BINS),
  );
  const bins = edges.slice(1).map((to, i) => ({ from: edges[i]!, to, count: 0, confidence: 0, right: 0 }));
  for (const { probability, right } of decisions) {
    const bin = bins.find(({ to }) => probability <= to) ?? bins.at(-1)!;
    bin.count++;
    bin.confidence += probability;
    bin.right += Number(right);
  }
  return bins.map((bin) => ({
    ...bin,
    confidence: bin.confidence / Math.max(bin.count, 1),
    right: bin.right / Math.max(bin.count, 1),
  }));
}

/** The distances of the bins, each as heavy as its rows. */
export function calibrationError(bins: readonly ReliabilityBin[]): number | undefined {
  const all = bins.reduce((sum, { count }) => sum + count, 0);
  if (all === 0) return undefined;
  return bins.reduce((sum, { count, confidence, right }) => sum + (count / all) * Math.abs(confidence - right), 0);
}

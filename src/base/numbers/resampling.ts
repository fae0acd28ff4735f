// Drawing rows again to see how far a figure may be chance: seeded, and always whole clusters. What the figure is comes
// from outside.
import type { Interval } from './intervals';
import type { RandomStream } from './rng';
import { quantileOf } from './statistics';

/** As many clusters as there are, drawn with replacement: the rows of a resampling. */
function drawRows(clusters: readonly (readonly number[])[], random: RandomStream): number[] {
  const rows: number[] = [];
  for (let i = 0; i < clusters.length; i++) rows.push(...clusters[random.below(clusters.length)]!);
  return rows;
}

/** Row lists of so many resamplings, one at a time. */
export function* resamplings(
  clusters: readonly (readonly number[])[],
  draws: number,
  random: RandomStream,
): Generator<number[]> {
  for (let draw = 0; draw < draws; draw++) yield drawRows(clusters, random);
}

/** What 95 % of the drawn values lie in; undefined of none. */
export function percentileInterval(values: readonly number[]): Interval | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  return { low: quantileOf(sorted, 0.025), high: quantileOf(sorted, 0.975) };
}

/**
 * The p-value of the paired bootstrap test, as sacrebleu and Moses count it: how often the distance of two figures
 * strays from its mean over the resamplings by more than the distance that was seen.
 */
export function pairedP(drawn: readonly number[], seen: number): number {
  const distances = drawn.map(Math.abs);
  const mean = distances.reduce((a, b) => a + b, 0) / distances.length;
  const beyond = distances.filter((distance) => distance - mean > Math.abs(seen)).length;
  return (beyond + 1) / (distances.length + 1);
}

// Plain figures that sum up a list of numbers; a run's own measures are not made here but in the engine.

/** The arithmetic mean; undefined of no values. */
export const meanOf = (values: readonly number[]): number | undefined =>
  values.length ? values.reduce((a, b) => a + b, 0) / values.length : undefined;

/**
 * The value that 95 of 100 do not exceed (nearest rank: an element of the list, never between two); undefined of none.
 */
export function percentile95(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1];
}

/** The value below which a share of the sorted values lies, between two neighbours in proportion (numpy's default). */
export function quantileOf(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  return low + (at - below) * ((sorted[below + 1] ?? low) - low);
}

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

// How much of a text came out of a model, by runs of tokens: unlike place by place, one token more or less costs
// little.

/** Lengths of the runs that are looked for, in tokens; shorter ones stand in any text of the language. */
const [SHORTEST, LONGEST] = [4, 8];

/** So many tokens have a run. */
export const FEWEST_TOKENS = SHORTEST;

const runsOf = (ids: readonly number[], length: number): string[] =>
  Array.from({ length: Math.max(0, ids.length - length + 1) }, (_, at) => ids.slice(at, at + length).join(' '));

/**
 * The share of the runs of 4 to 8 tokens of `wanted` that stand anywhere in `said`, each length weighing the same;
 * lengths that `wanted` is too short for are left out. Undefined of fewer than 4 tokens.
 */
export function reproducedRuns(said: readonly number[], wanted: readonly number[]): number | undefined {
  const shares: number[] = [];
  for (let length = SHORTEST; length <= Math.min(LONGEST, wanted.length); length++) {
    const there = new Set(runsOf(said, length));
    const runs = runsOf(wanted, length);
    shares.push(runs.filter((run) => there.has(run)).length / runs.length);
  }
  return shares.length > 0 ? shares.reduce((sum, share) => sum + share, 0) / shares.length : undefined;
}

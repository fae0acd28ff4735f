// How texts are cut for the metrics of answers: words between blanks, characters as code points, runs of n.

/** Python's str.split(): pieces between runs of blanks, none of them empty. */
export const splitWords = (text: string): string[] => text.split(/\p{White_Space}+/u).filter((word) => word !== '');

/** Of scripts that write words without blanks between them, or that rouge-score drops: each stands for itself. */
const OWN_PIECE = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}`;
const OWN_PIECES = new RegExp(`[${OWN_PIECE}]`, 'gu');
export const hasOwnPieces = (text: string): boolean => new RegExp(`[${OWN_PIECE}]`, 'u').test(text);

/** With blanks around each character that is a piece by itself. */
export const spacedOut = (text: string): string => text.replace(OWN_PIECES, ' $& ');

/** Words between blanks, and each Chinese, Japanese or Korean character by itself. */
export const wordPieces = (text: string): string[] => splitWords(spacedOut(text));

/** Code points. */
export const codePoints = (text: string): number => Array.from(text).length;

/** Every run of n pieces, joined by what no piece holds. */
export function runsOf(pieces: readonly string[], n: number): string[] {
  const runs: string[] = [];
  for (let at = 0; at + n <= pieces.length; at++) runs.push(pieces.slice(at, at + n).join(' '));
  return runs;
}

export type RunCounts = ReadonlyMap<string, number>;

export function countsOf(runs: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const run of runs) counts.set(run, (counts.get(run) ?? 0) + 1);
  return counts;
}

/** How many runs two texts share, each as often as both have it. */
export function sharedCount(a: RunCounts, b: RunCounts): number {
  let shared = 0;
  for (const [run, count] of a) shared += Math.min(count, b.get(run) ?? 0);
  return shared;
}

export const totalCount = (counts: RunCounts): number => {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
};

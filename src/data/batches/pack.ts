/** Rows one after another in a window: their numbers, in order. */
export type Bin = readonly number[];

/**
 * Puts rows into windows of `length` tokens, few of them nearly empty: the longest first, each into the fullest window
 * that has room
 * (best fit decreasing, within 11/9 of the least possible number). Rows of one length keep their order, so the result
 * is always the same.
 * @param lengths tokens of each row, none above `length`
 */
export function packBins(lengths: ArrayLike<number>, length: number): Bin[] {
  const bins: number[][] = [];
  /** By the room that is left: bins that have exactly so much. */
  const byRoom: number[][][] = Array.from({ length: length + 1 }, () => []);
  const order = Uint32Array.from({ length: lengths.length }, (_, row) => row).sort(
    (a, b) => lengths[b]! - lengths[a]! || a - b,
  );
  for (const row of order) {
    const needed = lengths[row]!;
    let room = needed;
    while (room <= length && !byRoom[room]!.length) room++;
    const bin = room <= length ? byRoom[room]!.pop()! : [];
    if (room > length) bins.push(bin);
    bin.push(row);
    byRoom[Math.min(room, length) - needed]!.push(bin);
  }
  return bins;
}

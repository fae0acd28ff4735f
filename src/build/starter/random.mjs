/**
 * A seeded stream of random numbers for the corpus (mulberry32), apart from base/rng.ts because this script runs in
 * Node without a build.
 * @typedef {object} Random
 * @property {(n: number) => number} below an integer in 0 … n−1
 * @property {(least: number, most: number) => number} between an integer, both ends included
 * @property {<T>(items: readonly T[]) => T} pick
 * @property {<T>(items: readonly T[], n: number) => T[]} some n different items, in random order
 * @property {<T>(items: readonly T[]) => [T, T]} two
 * @property {<T>(items: readonly T[]) => [T, T, T]} three
 * @property {(share: number) => boolean} chance
 */

/** @param {number} seed @returns {Random} */
export function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (/** @type {number} */ n) => Math.floor(next() * n);
  /**
   * Takes one item out of a list.
   * @template T
   * @param {T[]} left
   * @returns {T}
   */
  const take = (left) => {
    const [item] = left.splice(below(left.length), 1);
    if (item === undefined) throw new RangeError('nothing left to take');
    return item;
  };
  /** @type {Random['some']} */
  const some = (items, n) => {
    const left = [...items];
    return Array.from({ length: n }, () => take(left));
  };
  return {
    below,
    some,
    pick: (items) => take([...items]),
    two: (items) => {
      const left = [...items];
      return [take(left), take(left)];
    },
    three: (items) => {
      const left = [...items];
      return [take(left), take(left), take(left)];
    },
    between: (a, b) => a + below(b - a + 1),
    chance: (share) => next() < share,
  };
}

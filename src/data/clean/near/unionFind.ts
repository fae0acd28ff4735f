/** Sets of numbers that are joined and asked for their root (Tarjan 1975, with path halving). */
export class UnionFind {
  readonly #parents: Uint32Array;

  constructor(count: number) {
    this.#parents = Uint32Array.from({ length: count }, (_, i) => i);
  }

  /** The least number of the set. */
  root(of: number): number {
    let at = of;
    while (this.#parents[at] !== at) at = this.#parents[at] = this.#parents[this.#parents[at]!]!;
    return at;
  }

  /** @returns false where they were together already */
  join(a: number, b: number): boolean {
    const [one, other] = [this.root(a), this.root(b)];
    this.#parents[Math.max(one, other)] = Math.min(one, other);
    return one !== other;
  }
}

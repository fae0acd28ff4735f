/**
 * A hash table from pairs of ids to an integer, in typed arrays: a Map with packed keys above 2³¹ holds each key as an
 * object, and merging looks up a pair for every byte of the text. Open addressing, at most half full.
 */
export class PairTable {
  #left: Int32Array;
  #right: Int32Array;
  #value: Int32Array;
  #mask: number;
  #size = 0;

  constructor(expected = 16) {
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(16, 2 * expected)));
    this.#left = new Int32Array(capacity).fill(-1);
    this.#right = new Int32Array(capacity);
    this.#value = new Int32Array(capacity);
    this.#mask = capacity - 1;
  }

  get size(): number {
    return this.#size;
  }

  /** The value of a pair, -1 where there is none. */
  get(left: number, right: number): number {
    const slot = this.#slot(left, right);
    return this.#left[slot] === left ? this.#value[slot]! : -1;
  }

  set(left: number, right: number, value: number): void {
    const slot = this.#slot(left, right);
    if (this.#left[slot] !== left) {
      this.#left[slot] = left;
      this.#right[slot] = right;
      this.#size++;
    }
    this.#value[slot] = value;
    if (2 * this.#size > this.#mask) this.#grow();
  }

  /** The slot of a pair, or the free one where it belongs. */
  #slot(left: number, right: number): number {
    let h = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
    h ^= h >>> 15;
    let slot = h & this.#mask;
    while (this.#left[slot] !== -1 && (this.#left[slot] !== left || this.#right[slot] !== right)) {
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }

  #grow(): void {
    const bigger = new PairTable(this.#mask + 1);
    for (let i = 0; i <= this.#mask; i++) {
      if (this.#left[i] !== -1) bigger.set(this.#left[i]!, this.#right[i]!, this.#value[i]!);
    }
    this.#left = bigger.#left;
    this.#right = bigger.#right;
    this.#value = bigger.#value;
    this.#mask = bigger.#mask;
  }
}

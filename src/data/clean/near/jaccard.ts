/** The exact Jaccard similarity of two texts over their shingles: characters are compared, not only hashes. */
import type { CodePoints } from './textStore';
import { shingleHashes } from './shingles';

/** Whose a slot is: seen in the first text, in both, in the second alone. */
const [FIRST, BOTH, SECOND] = [1, 2, 3];

export class Jaccard {
  #hashes = new Uint32Array(8192);
  #rounds = new Uint32Array(8192);
  #places = new Uint32Array(8192);
  #owners = new Uint8Array(8192);
  #round = 0;
  #scratch = new Uint32Array(4096);

  /**
   * @param texts both, one after the other; the first ends at `middle`
   * @param size characters of a shingle
   */
  of({ codes, length }: Pick<CodePoints, 'codes' | 'length'>, middle: number, size: number): number {
    this.#begin(length);
    const first = this.#count(codes, 0, middle, size, FIRST);
    const second = this.#count(codes, middle, length, size, SECOND);
    return second.shared / (first.added + second.added);
  }

  /** Shingles that no slot had, and those that had one of the other text. */
  #count(codes: Uint32Array, start: number, end: number, size: number, owner: number) {
    const [scratch, hashes, rounds, round] = [this.#scratch, this.#hashes, this.#rounds, this.#round];
    const count = shingleHashes(codes, start, end, size, scratch);
    const mask = hashes.length - 1;
    let [added, shared] = [0, 0];
    for (let i = 0; i < count; i++) {
      const hash = scratch[i]!;
      const place = start + i;
      let slot = hash & mask;
      while (
        rounds[slot] === round &&
        !(hashes[slot] === hash && this.#same(codes, slot, place, Math.min(size, end - place)))
      )
        slot = (slot + 1) & mask;
      if (rounds[slot] !== round) {
        this.#take(slot, hash, place, owner);
        added++;
      } else if (owner === SECOND && this.#owners[slot] === FIRST) {
        this.#owners[slot] = BOTH;
        shared++;
      }
    }
    return { added, shared };
  }

  #same(codes: Uint32Array, slot: number, place: number, size: number): boolean {
    const other = this.#places[slot]!;
    for (let i = 0; i < size; i++) if (codes[other + i] !== codes[place + i]) return false;
    return true;
  }

  #take(slot: number, hash: number, place: number, owner: number): void {
    this.#rounds[slot] = this.#round;
    this.#hashes[slot] = hash;
    this.#places[slot] = place;
    this.#owners[slot] = owner;
  }

  #begin(length: number): void {
    if (length > this.#scratch.length) this.#scratch = new Uint32Array(2 * length);
    let slots = this.#hashes.length;
    while (slots < 2 * length) slots *= 2;
    if (slots > this.#hashes.length) {
      this.#hashes = new Uint32Array(slots);
      this.#rounds = new Uint32Array(slots);
      this.#places = new Uint32Array(slots);
      this.#owners = new Uint8Array(slots);
      this.#round = 0;
    }
    this.#round++;
  }
}

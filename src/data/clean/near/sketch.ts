/**
 * MinHash sketches by "fast similarity sketching" (Dahlgaard, Knudsen and Thorup 2017,
 * https://arxiv.org/abs/1704.04370): each shingle is hashed into one bin a round, the least hash of a bin is its value,
 * and rounds go on until no bin is empty. Each bin agrees with the chance of the Jaccard similarity, as in plain
 * MinHash, after about two hashes a shingle in place of 126; what one-permutation hashing copies into the empty bins of
 * short rows is hashed anew here.
 */

/** A pair of similarity 0.8 shares a band with the chance 1 − (1 − 0.8⁶)²¹ = 0.998. */
export const BANDS = 21;
const HASHES_IN_BAND = 6;
export const HASHES = BANDS * HASHES_IN_BAND;

export class Sketcher {
  /** Of the text that was sketched last. */
  readonly values = new Uint32Array(HASHES);
  /** The round in which each bin was filled, from 1; 0: it is empty. */
  readonly #filled = new Uint8Array(HASHES);
  #empty = 0;

  /** The sketch of the first `count` shingles; of none it is all zero. */
  sketch(shingles: Uint32Array, count: number): void {
    this.#filled.fill(0);
    this.values.fill(0);
    this.#empty = count > 0 ? HASHES : 0;
    for (let round = 1; this.#empty > 0; round++) {
      if (round <= HASHES) this.#scatter(shingles, count, round);
      else this.#fill(shingles, count, round);
    }
  }

  /** Each shingle into the bin that its hash names. */
  #scatter(shingles: Uint32Array, count: number, round: number): void {
    const [values, filled, salt] = [this.values, this.#filled, saltOf(round)];
    let empty = this.#empty;
    for (let i = 0; i < count; i++) {
      const hash = mixed(shingles[i]!, salt);
      const bin = ((hash >>> 9) * HASHES) >>> 23;
      const at = filled[bin]!;
      if (at === 0) {
        filled[bin] = round;
        values[bin] = hash;
        empty--;
      } else if (at === round && hash < values[bin]!) values[bin] = hash;
    }
    this.#empty = empty;
  }

  /** All shingles into one bin: what chance left empty after so many rounds, as in a text of one shingle. */
  #fill(shingles: Uint32Array, count: number, round: number): void {
    const bin = round - HASHES - 1;
    if (this.#filled[bin] !== 0) return;
    let least = 0xffffffff;
    for (let i = 0; i < count; i++) least = Math.min(least, mixed(shingles[i]!, saltOf(round)));
    this.#filled[bin] = round;
    this.values[bin] = least;
    this.#empty--;
  }

  /** One number for each band: equal where all its hashes are, and else with the chance 2⁻³². */
  bandKeys(into: Uint32Array, salt: number): void {
    for (let band = 0; band < BANDS; band++) {
      let key = salt;
      for (let i = 0; i < HASHES_IN_BAND; i++) key = mixed(this.values[band * HASHES_IN_BAND + i]!, key);
      into[band] = key;
    }
  }

  /** The low byte of each hash, by which a similarity is estimated. */
  lowBytes(into: Uint8Array): void {
    for (let i = 0; i < HASHES; i++) into[i] = this.values[i]! & 0xff;
  }
}

const saltOf = (round: number): number => Math.imul(round, 0x9e3779b9);

/** A 32-bit hash of a 32-bit number: the finaliser of murmur3 over both. */
function mixed(value: number, salt: number): number {
  let hash = value ^ salt;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) + salt;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

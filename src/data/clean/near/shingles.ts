/** The shingles of a text: its stretches of so many characters (code points), each counted once. */
import { isUnspaced } from './foldedText';
import type { CodePoints } from './textStore';

/** Characters of a shingle, and of one in a short row or in Chinese, Japanese or Thai. */
export const LONG_SHINGLE = 5;
export const SHORT_SHINGLE = 3;
/** Characters of a row below which it is short. */
const SHORT_ROW = 60;
/** A row counts as Chinese, Japanese or Thai from this share of its characters on. */
const UNSPACED_SHARE = 0.3;

/**
 * Which shingles a text has by itself. Two texts are compared in the short ones where one of them asks for it, so a
 * text near the bound (`either`) must be found by both.
 */
export interface ShingleSizes {
  own: typeof LONG_SHINGLE | typeof SHORT_SHINGLE;
  either: boolean;
}

export function shingleSizes({ codes, length }: Pick<CodePoints, 'codes' | 'length'>): ShingleSizes {
  let unspaced = 0;
  for (let i = 0; i < length; i++) if (isUnspaced(codes[i]!)) unspaced++;
  const share = unspaced / Math.max(1, length);
  const own = length < SHORT_ROW || share >= UNSPACED_SHARE ? SHORT_SHINGLE : LONG_SHINGLE;
  // at half the similarity that is looked for, lengths and shares differ by less than these factors
  return { own, either: own === LONG_SHINGLE && (length < 2 * SHORT_ROW || share >= UNSPACED_SHARE / 3) };
}

const BASE = 0x01000193;

/** Hashes of the shingles of `size` characters from `start` on, one for each place; a shorter text is one shingle. */
export function shingleHashes(codes: Uint32Array, start: number, end: number, size: number, into: Uint32Array): number {
  const count = shingleCount(end - start, size);
  for (let i = 0; i < count; i++) {
    let hash = 0x811c9dc5;
    const stop = Math.min(start + i + size, end);
    for (let j = start + i; j < stop; j++) hash = Math.imul(hash ^ codes[j]!, BASE);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    into[i] = hash ^ (hash >>> 13);
  }
  return count;
}

/** Places at which a shingle begins in a text of this length. */
export const shingleCount = (length: number, size: number): number =>
  length === 0 ? 0 : Math.max(1, length - size + 1);

/** Drops what repeats an earlier one; used again and again. */
export class Distinct {
  #values = new Uint32Array(4096);
  #rounds = new Uint32Array(4096);
  #round = 0;

  /** Moves the distinct of the first `count` to the front. @returns how many they are */
  keep(values: Uint32Array, count: number): number {
    this.#begin(count);
    const mask = this.#values.length - 1;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const value = values[i]!;
      let slot = value & mask;
      while (this.#rounds[slot] === this.#round && this.#values[slot] !== value) slot = (slot + 1) & mask;
      if (this.#rounds[slot] === this.#round) continue;
      this.#rounds[slot] = this.#round;
      this.#values[slot] = value;
      values[kept++] = value;
    }
    return kept;
  }

  #begin(count: number): void {
    let slots = this.#values.length;
    while (slots < 2 * count) slots *= 2;
    if (slots > this.#values.length) {
      [this.#values, this.#rounds] = [new Uint32Array(slots), new Uint32Array(slots)];
      this.#round = 0;
    }
    this.#round++;
  }
}

/** Chooses the held-out rows by a seeded hash of their text; it knows neither tokens nor windows. */
import { stream } from '../../base/numbers/rng';

/**
 * Which rows are held out. The same row is always on the same side, however often and in whichever dataset it stands.
 */
export interface HoldoutParts {
  isValidation(row: string): boolean;
  /** The same for what `see` gave for the row. */
  isHeld(hash: number): boolean;
  /** Whether a row of this hash was seen and is held out. */
  hasHeld(hash: number): boolean;
  /** Rows that differ from each other, and how many of them are held out. */
  distinctRows: number;
  distinctValidation: number;
}

/**
 * Plans a split in one pass over the rows: `see` each, then `plan`. The distinct rows of smallest seeded hash are held
 * out: exactly the share asked for, at least one and not all where there are two or more (8 bytes of memory per row).
 */
export class HoldoutPlanner {
  readonly #lanes: readonly [number, number];
  /** The stratum of each distinct row, where rows have one: of those that repeat the first's. */
  readonly #strata = new Map<number, string>();
  #hashes = new Float64Array(1024);
  #count = 0;

  constructor(
    seed: number,
    readonly share: number,
  ) {
    const random = stream(seed, 'split');
    this.#lanes = [random.uint32(), random.uint32()];
  }

  /**
   * The hash of the row, by which the plan tells its side.
   * @param stratum of each of which the plan holds out the same share, as far as whole rows allow
   */
  see(row: string, stratum?: string): number {
    const hash = this.hashOf(row);
    if (stratum !== undefined && !this.#strata.has(hash)) this.#strata.set(hash, stratum);
    if (this.#count === this.#hashes.length) {
      const bigger = new Float64Array(2 * this.#count);
      bigger.set(this.#hashes);
      this.#hashes = bigger;
    }
    this.#hashes[this.#count++] = hash;
    return hash;
  }

  /** What `see` gives for the row. */
  hashOf(row: string): number {
    return rowHash(row, this.#lanes);
  }

  plan(): HoldoutParts {
    const distinct = this.#hashes
      .subarray(0, this.#count)
      .sort()
      .filter((hash, i, all) => hash !== all[i - 1]);
    const rows = distinct.length;
    const held = this.share > 0 && rows >= 2 ? clamp(Math.round(this.share * rows), 1, rows - 1) : 0;
    if (this.#strata.size > 0) return this.#stratified(distinct, held);
    const bound = held === 0 ? -1 : distinct[held - 1]!;
    const lanes = this.#lanes;
    const isHeld = (hash: number): boolean => hash <= bound;
    const isValidation = (row: string): boolean => isHeld(rowHash(row, lanes));
    const heldHashes = new Set(distinct.subarray(0, held));
    const hasHeld = (hash: number): boolean => heldHashes.has(hash);
    return { isValidation, isHeld, hasHeld, distinctRows: rows, distinctValidation: held };
  }

  /** The rows of smallest hash of each stratum, in the order of their names. */
  #stratified(distinct: Float64Array, held: number): HoldoutParts {
    const byName = new Map<string, number[]>();
    for (const hash of distinct) {
      const name = this.#strata.get(hash) ?? '';
      const group = byName.get(name);
      if (group) group.push(hash);
      else byName.set(name, [hash]);
    }
    const groups = [...byName.keys()].sort().map((name) => byName.get(name)!);
    const counts = heldOf(groups, this.share, held);
    const chosen = new Set(groups.flatMap((group, i) => group.slice(0, counts[i])));
    const isHeld = (hash: number): boolean => chosen.has(hash);
    const isValidation = (row: string): boolean => isHeld(rowHash(row, this.#lanes));
    return { isValidation, isHeld, hasHeld: isHeld, distinctRows: distinct.length, distinctValidation: chosen.size };
  }
}

/** Rows of a stratum that are held out, of so many in all: whole shares, then the largest rests; one stays. */
function heldOf(groups: readonly (readonly number[])[], share: number, held: number): number[] {
  const counts = groups.map(({ length }) => Math.min(length - 1, Math.floor(share * length)));
  const rests = groups.map(({ length }, i) => share * length - counts[i]!);
  const order = groups.map((_, i) => i).sort((a, b) => rests[b]! - rests[a]! || a - b);
  let left = held - counts.reduce((sum, count) => sum + count, 0);
  for (const i of order)
    if (left > 0 && counts[i]! + 1 < groups[i]!.length) {
      counts[i]!++;
      left--;
    }
  return counts;
}

const clamp = (n: number, least: number, most: number): number => Math.min(most, Math.max(least, n));

/** 53 bits from two 32-bit lanes of multiply and xor over the UTF-16 units (the finaliser is murmur3's), seeded. */
export function rowHash(row: string, [seedA, seedB]: readonly [number, number]): number {
  let a = seedA;
  let b = seedB;
  for (let i = 0; i < row.length; i++) {
    const unit = row.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x5bd1e995);
    b ^= b >>> 13;
  }
  return (mix(a ^ row.length) >>> 11) * 2 ** 32 + mix(b ^ a);
}

function mix(h: number): number {
  let x = h ^ (h >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

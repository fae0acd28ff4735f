/**
 * Which sketches may be similar: those that share a whole band, without those whose other hashes speak against it.
 * Whether they are is not decided here.
 */
import { Yielding } from '../../yielding';
import { BANDS, HASHES } from './sketch';

/** Sketches that share a band are all compared up to so many; of more, each with so many neighbours. */
const BUCKET = 32;

/** Sketches of texts, in columns. */
export interface Sketches {
  count: number;
  /** [count, BANDS] */
  keys: Uint32Array;
  /** [count, HASHES] */
  lows: Uint8Array;
}

/** @param crowded they share a band with so many that not all pairs of it are compared */
export type OnCandidate = (a: number, b: number, estimate: number, crowded: boolean) => void;

export class Candidates {
  /** Bit by band: the bucket there is crowded. */
  readonly #crowded: Uint32Array;

  /** @param least estimates below this are dropped */
  constructor(
    private readonly sketches: Sketches,
    private readonly least: number,
    private readonly onCandidate: OnCandidate,
  ) {
    this.#crowded = new Uint32Array(sketches.count);
  }

  /**
   * Gives each pair once, but for pairs of crowded buckets.
   * @throws cancelled
   */
  async find(signal?: AbortSignal): Promise<void> {
    const pace = new Yielding(signal);
    for (let band = 0; band < BANDS; band++)
      for (const bucket of this.#buckets(band)) {
        if (bucket.length <= BUCKET) this.#all(bucket, band);
        else this.#neighbours(bucket, band);
        if (pace.due()) await pace.rest();
      }
  }

  /** Sketches with the same key in a band, where there are two or more. */
  *#buckets(band: number): Generator<Uint32Array> {
    const { count } = this.sketches;
    // key and number as one float of 53 bits, which sorts without a comparison; of many sketches the key loses bits
    const bits = Math.ceil(Math.log2(count + 1));
    const [scale, keys] = [2 ** bits, 2 ** Math.min(32, 53 - bits)];
    const sorted = new Float64Array(count);
    for (let i = 0; i < count; i++) sorted[i] = (this.#key(i, band) % keys) * scale + i;
    sorted.sort();
    for (let from = 0, to = 1; to <= count; to++) {
      if (to < count && Math.floor(sorted[from]! / scale) === Math.floor(sorted[to]! / scale)) continue;
      if (to - from > 1) yield Uint32Array.from(sorted.subarray(from, to), (value) => value % scale);
      from = to;
    }
  }

  #all(bucket: Uint32Array, band: number): void {
    for (let i = 0; i < bucket.length; i++)
      for (let j = i + 1; j < bucket.length; j++) this.#consider(bucket[i]!, bucket[j]!, band, false);
  }

  /**
   * Rows from one template share bands by the thousand: sorted by the next band's key, each is compared with the next
   * ones, so that the work grows with the rows, not with their square.
   */
  #neighbours(bucket: Uint32Array, band: number): void {
    const next = (band + 1) % BANDS;
    bucket.sort((a, b) => this.#key(a, next) - this.#key(b, next) || a - b);
    for (const i of bucket) this.#crowded[i]! |= 1 << band;
    for (let i = 0; i < bucket.length; i++)
      for (let j = i + 1; j <= i + BUCKET && j < bucket.length; j++) {
        const [a, b] = [bucket[i]!, bucket[j]!];
        this.#consider(Math.min(a, b), Math.max(a, b), band, true);
      }
  }

  #consider(a: number, b: number, band: number, crowded: boolean): void {
    const { keys } = this.sketches;
    const crowds = this.#crowded[a]!;
    for (let i = a * BANDS, j = b * BANDS, earlier = 0; earlier < band; earlier++)
      if (keys[i + earlier] === keys[j + earlier] && ((crowds >>> earlier) & 1) === 0) return;
    const estimate = this.#estimate(a, b);
    if (estimate >= this.least) this.onCandidate(a, b, estimate, crowded);
  }

  /** The share of equal hashes, told by their low bytes: one of 256 is equal by chance. */
  #estimate(a: number, b: number): number {
    const { lows } = this.sketches;
    let equal = 0;
    for (let i = a * HASHES, j = b * HASHES, end = i + HASHES; i < end; i++, j++) if (lows[i] === lows[j]) equal++;
    return equal / HASHES;
  }

  #key(sketch: number, band: number): number {
    return this.sketches.keys[sketch * BANDS + band]!;
  }
}

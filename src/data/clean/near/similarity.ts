/**
 * Finds the texts that nearly repeat each other: a sketch of each by MinHash, candidates by bands, and the exact
 * Jaccard similarity of every candidate. It knows no rows of datasets; the steps and checks that use it do.
 */
import { rowHash } from '../../batches/holdout';
import { Candidates } from './candidates';
import { foldText } from './foldedText';
import { growingBytes, growingFloats, growingNumbers } from './growing';
import { Jaccard } from './jaccard';
import { CodePoints, TextStore } from './textStore';
import { Distinct, LONG_SHINGLE, SHORT_SHINGLE, shingleCount, shingleHashes, shingleSizes } from './shingles';
import { BANDS, HASHES, Sketcher } from './sketch';
import { NO_TEXT, SimilarRows } from './similarRows';
import { UnionFind } from './unionFind';

/** Pairs below this are not kept. The chance to become a candidate is 0.63 at 0.6, 0.93 at 0.7, 0.998 at 0.8. */
export const LEAST_SIMILARITY = 0.6;
/** Four standard deviations below what 126 hashes estimate of a pair at the least similarity. */
const LEAST_ESTIMATE = LEAST_SIMILARITY - 4 * Math.sqrt((LEAST_SIMILARITY * (1 - LEAST_SIMILARITY)) / HASHES);
/** Thresholds at which it is known early who is together, so that crowds need not be compared pair by pair. */
const LEVEL = 0.05;
const LEVELS = Math.round((1 - LEAST_SIMILARITY) / LEVEL);

/** What is compared with what: the shingle size, and whether a text is there only for those that are short. */
const [IN_LONG, IN_SHORT, GUEST_IN_SHORT] = [0, 1, 2];

/**
 * `add` each row, then `find`. Memory: the folded texts packed (a byte a character of Latin script, else two), and
 * about 280 bytes for each text that differs from all others; some short ones are sketched twice.
 */
export class Similarity {
  readonly #texts = new TextStore();
  /** The text of each row. */
  readonly #rows = growingNumbers();
  readonly #known = new Map<number, number>();
  /** Sketches in columns: the text, what it is compared with, its shingles, band keys and low bytes. */
  readonly #of = growingNumbers();
  readonly #kinds = growingBytes();
  readonly #counts = growingNumbers();
  readonly #keys = growingNumbers();
  readonly #lows = growingBytes();
  readonly #sketcher = new Sketcher();
  readonly #distinct = new Distinct();
  readonly #points = new CodePoints();
  #scratch = new Uint32Array(4096);
  readonly #bandKeys = new Uint32Array(BANDS);
  readonly #lowBytes = new Uint8Array(HASHES);
  /** Candidates that were compared exactly. */
  verified = 0;

  get rows(): number {
    return this.#rows.length;
  }

  /** Bytes of the texts that are kept. */
  get bytes(): number {
    return this.#texts.bytes;
  }

  /** The next row, as its number says; a text without characters is similar to none. */
  add(text: string): void {
    const folded = foldText(text);
    this.#rows.push(folded === '' ? NO_TEXT : this.#textOf(folded));
  }

  /** Writes the code points of a row's folded text behind what is in `into`. */
  read(row: number, into: CodePoints): void {
    const text = this.#rows.data[row]!;
    if (text !== NO_TEXT) this.#texts.read(text, into);
  }

  /** @throws cancelled */
  async find(signal?: AbortSignal): Promise<SimilarRows> {
    const found = { a: growingNumbers(), b: growingNumbers(), similarity: growingFloats() };
    const verify = this.#verifier((a, b, similarity) => {
      found.a.push(a);
      found.b.push(b);
      found.similarity.push(similarity);
    });
    const sketches = { count: this.#of.length, keys: this.#keys.data, lows: this.#lows.data };
    await new Candidates(sketches, LEAST_ESTIMATE, verify).find(signal);
    const { length } = found.a;
    const pairs = { a: found.a.data.slice(0, length), b: found.b.data.slice(0, length) };
    const similarity = found.similarity.data.slice(0, length);
    return new SimilarRows(this.#rows.data.slice(0, this.rows), this.#texts.count, { ...pairs, similarity });
  }

  /** The number of the text, a new one where it is new. */
  #textOf(folded: string): number {
    const key = rowHash(folded, [0x3c6ef372, 0x1f83d9ab]);
    const known = this.#known.get(key);
    if (known !== undefined && this.#texts.equals(known, folded)) return known;
    const text = this.#texts.add(folded);
    this.#known.set(key, text);
    this.#points.clear();
    this.#points.text(folded);
    const { own, either } = shingleSizes(this.#points);
    this.#sketch(text, own, own === LONG_SHINGLE ? IN_LONG : IN_SHORT);
    if (either) this.#sketch(text, SHORT_SHINGLE, GUEST_IN_SHORT);
    return text;
  }

  #sketch(text: number, size: number, kind: number): void {
    const { codes, length } = this.#points;
    const places = shingleCount(length, size);
    if (places > this.#scratch.length) this.#scratch = new Uint32Array(2 * places);
    shingleHashes(codes, 0, length, size, this.#scratch);
    const count = this.#distinct.keep(this.#scratch, places);
    this.#sketcher.sketch(this.#scratch, count);
    this.#sketcher.bandKeys(this.#bandKeys, size);
    this.#sketcher.lowBytes(this.#lowBytes);
    this.#of.push(text);
    this.#kinds.push(kind);
    this.#counts.push(count);
    this.#keys.append(this.#bandKeys);
    this.#lows.append(this.#lowBytes);
  }

  /** Compares a candidate exactly, where it can be similar enough and its answer is not known already. */
  #verifier(onPair: (a: number, b: number, similarity: number) => void) {
    const [of, kinds, counts] = [this.#of.data, this.#kinds.data, this.#counts.data];
    const levels = Array.from({ length: LEVELS }, () => new UnionFind(this.#texts.count));
    const crowded = new Set<number>();
    const jaccard = new Jaccard();
    return (x: number, y: number, estimate: number, inCrowd: boolean): void => {
      if (kinds[x] === GUEST_IN_SHORT && kinds[y] === GUEST_IN_SHORT) return;
      const [fewer, more] = [Math.min(counts[x]!, counts[y]!), Math.max(counts[x]!, counts[y]!)];
      if (fewer < LEAST_SIMILARITY * more) return;
      const [a, b] = [Math.min(of[x]!, of[y]!), Math.max(of[x]!, of[y]!)];
      const key = a * this.#texts.count + b;
      if (crowded.has(key)) return;
      if (inCrowd) {
        const level = levels[levelOf(estimate - LEVEL)]!;
        if (level.root(a) === level.root(b)) return;
        crowded.add(key);
      }
      const similarity = this.#compare(jaccard, a, b, kinds[x] === IN_LONG ? LONG_SHINGLE : SHORT_SHINGLE);
      if (similarity < LEAST_SIMILARITY) return;
      for (let level = 0; level <= levelOf(similarity); level++) levels[level]!.join(a, b);
      onPair(a, b, similarity);
    };
  }

  #compare(jaccard: Jaccard, a: number, b: number, size: number): number {
    this.verified++;
    this.#points.clear();
    this.#texts.read(a, this.#points);
    const middle = this.#points.length;
    this.#texts.read(b, this.#points);
    return jaccard.of(this.#points, middle, size);
  }
}

const levelOf = (similarity: number): number =>
  Math.max(0, Math.min(LEVELS - 1, Math.floor((similarity - LEAST_SIMILARITY) / LEVEL)));

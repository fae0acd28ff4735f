/** Applies the merges of a byte-level BPE vocabulary to text. How merges are learned: trainBpe.ts. */
import { BYTE_OF_SYMBOL, BYTE_SYMBOLS, type TokenizerModel } from '../../base/tokenizerModel';
import { PriorityQueue } from './priorityQueue';
import { PairTable } from './pairTable';
import type { TokenSink } from './tokenSink';

/** Above this many bytes a word is merged with a heap: the plain search for the best pair takes quadratic time. */
const SCAN_UP_TO = 64;
/** The rank of a pair that no merge joins. */
const NONE = 0x7fff_ffff;
/**
 * Words whose tokens are kept, since text repeats words. Only up to 12 UTF-16 units: a longer slice would keep the
 * whole text in memory. Tokens lie in one pool, because an array for each word is slower to make than most words are to
 * merge.
 */
const CACHED_WORDS = 65_536;
const CACHED_LENGTH = 12;
/** Tokens of a cached word: at most three bytes for each unit. */
const POOL_STEP = 64;

/** Key of the heap = rank · 2³² + position: exact in a double, lowest rank first, then leftmost. */
const RANK_STEP = 2 ** 32;

/** Merges the bytes of words into tokens: always the pair of lowest rank, the leftmost of equals. */
export class BytePairs {
  readonly #idOfByte: Int32Array;
  readonly #rank: PairTable;
  /** Token of the merge of each rank. */
  readonly #joined: Int32Array;
  /** Start in the pool · POOL_STEP + tokens. */
  readonly #cache = new Map<string, number>();
  readonly #pool = new Int32Array(CACHED_WORDS * 8);
  #pooled = 0;
  readonly #scratch = new Int32Array(SCAN_UP_TO);
  readonly #utf8 = new TextEncoder();
  readonly #ranks = new Int32Array(SCAN_UP_TO);
  #bytes = new Uint8Array(1024);
  readonly #heap = new PriorityQueue<number>((a, b) => a < b);

  constructor(model: TokenizerModel) {
    const ids = new Map(model.vocab.map((token, id) => [token, id]));
    this.#idOfByte = Int32Array.from(BYTE_SYMBOLS, (symbol) => ids.get(symbol)!);
    this.#rank = new PairTable(model.merges.length);
    this.#joined = new Int32Array(model.merges.length);
    model.merges.forEach(([left, right], rank) => {
      this.#joined[rank] = ids.get(model.vocab[left]! + model.vocab[right]!)!;
      // A pair listed twice counts from its last place, as in the reference.
      this.#rank.set(left, right, rank);
    });
  }

  /** Adds the tokens of a word to `out`. */
  encode(word: string, out: TokenSink): void {
    const known = this.#cache.get(word);
    if (known !== undefined) return out.append(this.#pool, Math.floor(known / POOL_STEP), known % POOL_STEP);
    if (this.#bytes.length < 3 * word.length) this.#bytes = new Uint8Array(6 * word.length);
    const { written } = this.#utf8.encodeInto(word, this.#bytes);
    const ids = written <= SCAN_UP_TO ? this.#scratch : new Int32Array(written);
    for (let i = 0; i < written; i++) ids[i] = this.#idOfByte[this.#bytes[i]!]!;
    const length = written <= SCAN_UP_TO ? this.#scan(ids, written) : this.#merge(ids);
    out.append(ids, 0, length);
    if (word.length <= CACHED_LENGTH) this.#keep(word, ids, length);
  }

  #keep(word: string, ids: Int32Array, length: number): void {
    if (this.#cache.size >= CACHED_WORDS || this.#pooled + length > this.#pool.length) {
      this.#cache.clear();
      this.#pooled = 0;
    }
    this.#cache.set(word, this.#pooled * POOL_STEP + length);
    for (let i = 0; i < length; i++) this.#pool[this.#pooled++] = ids[i]!;
  }

  /** Keeps the rank of each pair of neighbours; a merge changes two of them. Gives the number of tokens left. */
  #scan(ids: Int32Array, bytes: number): number {
    const ranks = this.#ranks;
    let length = bytes;
    for (let i = 0; i + 1 < length; i++) ranks[i] = this.#rankAt(ids, i, length);
    for (;;) {
      let at = -1;
      for (let i = 0, best = NONE; i + 1 < length; i++) {
        if (ranks[i]! < best) best = ranks[(at = i)]!;
      }
      if (at < 0) return length;
      ids[at] = this.#joined[ranks[at]!]!;
      length--;
      for (let i = at + 1; i < length; i++) {
        ids[i] = ids[i + 1]!;
        ranks[i] = ranks[i + 1]!;
      }
      ranks[at] = this.#rankAt(ids, at, length);
      if (at > 0) ranks[at - 1] = this.#rankAt(ids, at - 1, length);
    }
  }

  #rankAt(ids: Int32Array, i: number, length: number): number {
    const rank = i + 1 < length ? this.#rank.get(ids[i]!, ids[i + 1]!) : -1;
    return rank < 0 ? NONE : rank;
  }

  /** The same merges by a heap over a linked list: n log n for a word of n bytes. */
  #merge(ids: Int32Array): number {
    const next = new Int32Array(ids.length);
    const previous = new Int32Array(ids.length);
    for (let i = 0; i < ids.length; i++) {
      next[i] = i + 1;
      previous[i] = i - 1;
    }
    const queue = this.#heap;
    queue.clear();
    const offer = (i: number): void => {
      if (i < 0 || next[i]! >= ids.length) return;
      const rank = this.#rank.get(ids[i]!, ids[next[i]!]!);
      if (rank >= 0) queue.push(rank * RANK_STEP + i);
    };
    for (let i = 0; i + 1 < ids.length; i++) offer(i);
    for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
      const rank = Math.floor(key / RANK_STEP);
      const i = key % RANK_STEP;
      const j = next[i]!;
      // Stale: one half has been merged since (a merged-away token is marked -1).
      if (ids[i]! < 0 || j >= ids.length || this.#rank.get(ids[i]!, ids[j]!) !== rank) continue;
      ids[i] = this.#joined[rank]!;
      ids[j] = -1;
      next[i] = next[j]!;
      if (next[i] < ids.length) previous[next[i]] = i;
      offer(previous[i]!);
      offer(i);
    }
    let length = 0;
    for (const id of ids) if (id >= 0) ids[length++] = id;
    return length;
  }
}

/** The bytes that a token of the byte alphabet stands for; one with any other character stands for itself. */
export function bytesOfSymbols(token: string): Uint8Array {
  const bytes = Array.from(token, (symbol) => BYTE_OF_SYMBOL.get(symbol));
  return bytes.every((byte) => byte !== undefined) ? Uint8Array.from(bytes) : new TextEncoder().encode(token);
}

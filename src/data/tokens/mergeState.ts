/** The state of BPE training: words as tokens, and the count of each pair of neighbours. Encoding is bytePairs.ts. */
import { PriorityQueue } from './priorityQueue';
import { PairTable } from './pairTable';

export type Pair = [left: number, right: number];

/** A pair with the count it had when it was offered; a count that has changed since makes the offer stale. */
interface Offer {
  pair: number;
  count: number;
}

/**
 * The words of a text as sequences of tokens, how often each pair of neighbours stands in them, and where. Joining a
 * pair touches only the words that hold it, and only the counts beside it.
 */
export class MergeState {
  /** Tokens of all words, one after another; a word shrinks within its place. */
  readonly #tokens: Int32Array;
  readonly #start: Int32Array;
  readonly #length: Int32Array;
  readonly #frequency: Float64Array;
  readonly #indexOf = new PairTable();
  readonly #pairs: Pair[] = [];
  readonly #counts: number[] = [];
  /** Words that hold, or once held, a pair; a word may stand twice. */
  readonly #words: number[][] = [];
  readonly #heap: PriorityQueue<Offer>;
  /** Pairs whose counts grew in the join under way. */
  readonly #grown = new Set<number>();

  /** `words` with their counts; `tokenOf` gives the first token of a byte. */
  constructor(words: ReadonlyMap<string, number>, tokenOf: (byte: number) => number) {
    this.#start = new Int32Array(words.size);
    this.#length = new Int32Array(words.size);
    this.#frequency = Float64Array.from(words.values());
    this.#tokens = this.#spell(words, tokenOf);
    this.#heap = new PriorityQueue<Offer>(
      (a, b) => a.count > b.count || (a.count === b.count && this.#lower(a.pair, b.pair)),
    );
    for (let w = 0; w < words.size; w++) this.#countWord(w);
    this.#counts.forEach((count, pair) => this.#heap.push({ pair, count }));
  }

  #spell(words: ReadonlyMap<string, number>, tokenOf: (byte: number) => number): Int32Array {
    const utf8 = new TextEncoder();
    let longest = 0;
    for (const word of words.keys()) longest = Math.max(longest, word.length);
    const bytes = new Uint8Array(3 * longest);
    let tokens = new Int32Array(1024);
    let at = 0;
    let w = 0;
    for (const word of words.keys()) {
      const { written } = utf8.encodeInto(word, bytes);
      if (at + written > tokens.length) {
        const bigger = new Int32Array(2 * (at + written));
        bigger.set(tokens);
        tokens = bigger;
      }
      this.#start[w] = at;
      this.#length[w++] = written;
      for (let i = 0; i < written; i++) tokens[at++] = tokenOf(bytes[i]!);
    }
    return tokens;
  }

  /** The most frequent pair that stands at least `least` times and is `allowed`; ties go to the lower ids. */
  best(least: number, allowed: (pair: Pair) => boolean): Pair | undefined {
    for (let offer = this.#heap.pop(); offer; offer = this.#heap.pop()) {
      const count = this.#counts[offer.pair]!;
      if (count !== offer.count) {
        if (count >= least && count < offer.count) this.#heap.push({ pair: offer.pair, count });
        continue;
      }
      if (count < least) return undefined;
      if (allowed(this.#pairs[offer.pair]!)) return this.#pairs[offer.pair];
    }
    return undefined;
  }

  /** Replaces a pair by `token` wherever it stands. */
  join(pair: Pair, token: number): void {
    const index = this.#indexOf.get(...pair);
    const words = this.#words[index]!;
    this.#words[index] = [];
    let last = -1;
    for (const w of words) {
      if (w !== last) this.#joinInWord(w, pair, token);
      last = w;
    }
    for (const grown of this.#grown) this.#heap.push({ pair: grown, count: this.#counts[grown]! });
    this.#grown.clear();
  }

  #joinInWord(w: number, [left, right]: Pair, token: number): void {
    const start = this.#start[w]!;
    const end = start + this.#length[w]!;
    const tokens = this.#tokens;
    const n = this.#frequency[w]!;
    let to = start;
    for (let from = start; from < end; from++, to++) {
      if (tokens[from] !== left || from + 1 >= end || tokens[from + 1] !== right) {
        tokens[to] = tokens[from]!;
        continue;
      }
      // Neighbours: what has been written before, and what follows the pair.
      this.#add(left, right, -n, w);
      if (to > start) {
        this.#add(tokens[to - 1]!, left, -n, w);
        this.#add(tokens[to - 1]!, token, n, w);
      }
      if (from + 2 < end) {
        this.#add(right, tokens[from + 2]!, -n, w);
        this.#add(token, tokens[from + 2]!, n, w);
      }
      tokens[to] = token;
      from++;
    }
    this.#length[w] = to - start;
  }

  #countWord(w: number): void {
    const start = this.#start[w]!;
    for (let i = start; i + 1 < start + this.#length[w]!; i++) {
      this.#add(this.#tokens[i]!, this.#tokens[i + 1]!, this.#frequency[w]!, w);
    }
    this.#grown.clear();
  }

  #add(left: number, right: number, change: number, w: number): void {
    let index = this.#indexOf.get(left, right);
    if (index < 0) {
      index = this.#pairs.length;
      this.#indexOf.set(left, right, index);
      this.#pairs.push([left, right]);
      this.#counts.push(0);
      this.#words.push([]);
    }
    this.#counts[index]! += change;
    if (change < 0) return;
    this.#grown.add(index);
    const words = this.#words[index]!;
    if (words.at(-1) !== w) words.push(w);
  }

  #lower(a: number, b: number): boolean {
    const [leftA, rightA] = this.#pairs[a]!;
    const [leftB, rightB] = this.#pairs[b]!;
    return leftA < leftB || (leftA === leftB && rightA < rightB);
  }
}

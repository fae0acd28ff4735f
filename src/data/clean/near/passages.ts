/**
 * Passages of a text, as hashes: from each word on, so many words, of which a character of Chinese, Japanese or Thai is
 * half of one. Case, punctuation and blanks do not count. Which texts are compared is not known here.
 */
import { isUnspaced } from './foldedText';
import type { CodePoints } from './textStore';

/** Units of a word and of a character that is written without blanks: 12 words are as long as 24 characters. */
const WORD = 2;
const CHARACTER = 1;

const IN_WORD = /[\p{L}\p{N}\p{M}]/u;
/** By code point: 0 not asked yet, 1 no part of a word, 2 part of one; above the table the pattern is asked. */
const KNOWN = new Uint8Array(0x10000);

function isInWord(code: number): boolean {
  if (code >= KNOWN.length) return IN_WORD.test(String.fromCodePoint(code));
  if (KNOWN[code] === 0) KNOWN[code] = IN_WORD.test(String.fromCharCode(code)) ? 2 : 1;
  return KNOWN[code] === 2;
}

/** @param a, b 64 bits of the passage */
export type OnPassage = (a: number, b: number) => void;

const [BASE_A, BASE_B] = [0x5bd1e995, 0x01000193];

export class PassageReader {
  /** Of each word or character: its hash and its units. */
  #hashes = new Uint32Array(4096);
  #units = new Uint8Array(4096);
  #count = 0;
  /** Powers of the bases, up to the words of a passage. */
  readonly #powersA: Uint32Array;
  readonly #powersB: Uint32Array;
  readonly #least: number;

  /** @param words of a passage */
  constructor(words: number) {
    this.#least = words * WORD;
    this.#powersA = powersOf(BASE_A, this.#least);
    this.#powersB = powersOf(BASE_B, this.#least);
  }

  /** The passages of a folded text, one from each place where one of the length begins. */
  read(text: Pick<CodePoints, 'codes' | 'length'>, onPassage: OnPassage): void {
    this.#split(text);
    const [hashes, units] = [this.#hashes, this.#units];
    let [a, b, held] = [0, 0, 0];
    for (let from = 0, to = 0; from < this.#count; from++) {
      for (; held < this.#least && to < this.#count; to++) {
        a = Math.imul(a, BASE_A) + hashes[to]!;
        b = Math.imul(b, BASE_B) + hashes[to]!;
        held += units[to]!;
      }
      if (held < this.#least) return;
      onPassage(a >>> 0, b >>> 0);
      a -= Math.imul(hashes[from]!, this.#powersA[to - from - 1]!);
      b -= Math.imul(hashes[from]!, this.#powersB[to - from - 1]!);
      held -= units[from]!;
    }
  }

  #split({ codes, length }: Pick<CodePoints, 'codes' | 'length'>): void {
    if (length > this.#hashes.length) {
      this.#hashes = new Uint32Array(2 * length);
      this.#units = new Uint8Array(2 * length);
    }
    this.#count = 0;
    for (let i = 0; i < length;) {
      const code = codes[i]!;
      let hash = Math.imul(0x811c9dc5 ^ code, BASE_B);
      i++;
      if (!isInWord(code)) continue;
      if (isUnspaced(code)) this.#push(hash, CHARACTER);
      else {
        for (; i < length && isInWord(codes[i]!) && !isUnspaced(codes[i]!); i++)
          hash = Math.imul(hash ^ codes[i]!, BASE_B);
        this.#push(hash, WORD);
      }
    }
  }

  #push(hash: number, units: number): void {
    const spread = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    this.#hashes[this.#count] = spread ^ (spread >>> 13);
    this.#units[this.#count++] = units;
  }
}

function powersOf(base: number, count: number): Uint32Array {
  const powers = new Uint32Array(count + 1).fill(1);
  for (let i = 1; i <= count; i++) powers[i] = Math.imul(powers[i - 1]!, base);
  return powers;
}

/**
 * Passages that are looked for, each with a row: the one that brought it, or the first in which it was met. Two
 * passages are taken for one with the chance 2⁻⁶⁴: of a million against a hundred million once in 180,000 sets.
 */
export class PassageIndex {
  #a = new Uint32Array(1024);
  #b = new Uint32Array(1024);
  /** 1 where a slot is taken. */
  #taken = new Uint8Array(1024);
  /** Row + 1; 0: none yet. */
  #rows = new Uint32Array(1024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @param row absent: the first that meets it */
  add(a: number, b: number, row?: number): void {
    if (2 * this.#size >= this.#a.length) this.#grow();
    const slot = this.#slot(a, b);
    if (this.#taken[slot] !== 0) return;
    this.#put(slot, a, b, row === undefined ? 0 : row + 1);
    this.#size++;
  }

  /** Gives a passage that has no row this one. @returns its row; undefined where it is not looked for */
  meet(a: number, b: number, row: number): number | undefined {
    const slot = this.#slot(a, b);
    if (this.#taken[slot] === 0) return undefined;
    if (this.#rows[slot] === 0) this.#rows[slot] = row + 1;
    return this.#rows[slot]! - 1;
  }

  /** Undefined where no row has met it. */
  rowOf(a: number, b: number): number | undefined {
    const row = this.#rows[this.#slot(a, b)]!;
    return row === 0 ? undefined : row - 1;
  }

  #slot(a: number, b: number): number {
    const mask = this.#a.length - 1;
    let slot = (a ^ (b >>> 7)) & mask;
    while (this.#taken[slot] !== 0 && (this.#a[slot] !== a || this.#b[slot] !== b)) slot = (slot + 1) & mask;
    return slot;
  }

  #put(slot: number, a: number, b: number, row: number): void {
    this.#a[slot] = a;
    this.#b[slot] = b;
    this.#taken[slot] = 1;
    this.#rows[slot] = row;
  }

  #grow(): void {
    const [a, b, taken, rows] = [this.#a, this.#b, this.#taken, this.#rows];
    this.#a = new Uint32Array(2 * a.length);
    this.#b = new Uint32Array(2 * a.length);
    this.#taken = new Uint8Array(2 * a.length);
    this.#rows = new Uint32Array(2 * a.length);
    taken.forEach((is, i) => {
      if (is !== 0) this.#put(this.#slot(a[i]!, b[i]!), a[i]!, b[i]!, rows[i]!);
    });
  }
}

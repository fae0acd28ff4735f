/**
 * Texts packed into blocks of bytes, to be read again as code points. A text of 100 words takes about 550 bytes so; the
 * hashes of its shingles would take 2,200, and could not be compared exactly.
 */
import { growingBytes, growingFloats } from './growing';

const BLOCK = 2 ** 22;

export class TextStore {
  readonly #blocks: Uint8Array[] = [];
  #used = BLOCK;
  /** Block and place in it, as one number. */
  readonly #starts = growingFloats();
  readonly #lengths = growingFloats();
  /** 1 where each UTF-16 unit is below 256 and takes one byte, else 2. */
  readonly #widths = growingBytes();
  /** Bytes in all. */
  bytes = 0;

  get count(): number {
    return this.#starts.length;
  }

  /** @returns its number */
  add(text: string): number {
    const width = isNarrow(text) ? 1 : 2;
    const length = text.length * width;
    const into = this.#room(length);
    for (let i = 0, at = this.#used; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      into[at++] = unit & 0xff;
      if (width === 2) into[at++] = unit >>> 8;
    }
    this.#starts.push((this.#blocks.length - 1) * BLOCK + this.#used);
    this.#lengths.push(text.length);
    this.#widths.push(width);
    this.#used += length;
    this.bytes += length;
    return this.count - 1;
  }

  /** Writes the code points of a text behind what is in `into`. */
  read(index: number, into: CodePoints): void {
    const start = this.#starts.data[index]!;
    const bytes = this.#blocks[Math.floor(start / BLOCK)]!;
    const width = this.#widths.data[index]!;
    into.reserve(this.#lengths.data[index]!);
    for (let i = 0, at = start % BLOCK; i < this.#lengths.data[index]!; i++, at += width)
      into.unit(width === 1 ? bytes[at]! : bytes[at]! | (bytes[at + 1]! << 8));
  }

  equals(index: number, text: string): boolean {
    const start = this.#starts.data[index]!;
    const bytes = this.#blocks[Math.floor(start / BLOCK)]!;
    const wide = this.#widths.data[index]! === 2;
    if (this.#lengths.data[index] !== text.length) return false;
    for (let i = 0, at = start % BLOCK; i < text.length; i++) {
      const low = bytes[at++]!;
      if ((wide ? low | (bytes[at++]! << 8) : low) !== text.charCodeAt(i)) return false;
    }
    return true;
  }

  /** A text longer than a block has one of its own. */
  #room(length: number): Uint8Array {
    if (this.#used + length > BLOCK) {
      this.#blocks.push(new Uint8Array(Math.max(BLOCK, length)));
      this.#used = 0;
    }
    return this.#blocks.at(-1)!;
  }
}

function isNarrow(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return false;
  return true;
}

/** Code points of one or more texts in a row; used again and again. */
export class CodePoints {
  codes = new Uint32Array(4096);
  length = 0;
  /** A high surrogate that waits for its other half. */
  #high = 0;

  clear(): void {
    this.length = this.#high = 0;
  }

  text(text: string): void {
    this.reserve(text.length);
    for (let i = 0; i < text.length; i++) this.unit(text.charCodeAt(i));
  }

  reserve(more: number): void {
    this.#high = 0;
    if (this.length + more <= this.codes.length) return;
    const bigger = new Uint32Array(2 * (this.length + more));
    bigger.set(this.codes);
    this.codes = bigger;
  }

  /** The next UTF-16 unit; room for it is reserved. */
  unit(unit: number): void {
    if (this.#high !== 0 && (unit & 0xfc00) === 0xdc00) {
      this.codes[this.length - 1] = 0x10000 + ((this.#high & 0x3ff) << 10) + (unit & 0x3ff);
      this.#high = 0;
      return;
    }
    this.codes[this.length++] = unit;
    this.#high = (unit & 0xfc00) === 0xd800 ? unit : 0;
  }
}

// Packs texts as UTF-8 while they come, each encoded once into the bytes that are stored. Where they go is no matter of
// this file.
import type { PackedTexts } from '../base/records/dataset';

const SMALLEST = 64 * 1024;
/** Bytes that are held for the next texts; what a long one needed beyond is given back. */
const MOST_HELD = 16 * 1024 * 1024;
/** Bytes of UTF-8 that a UTF-16 unit becomes at most. */
const WIDEST = 3;

export class TextPacker {
  readonly #encoder = new TextEncoder();
  #bytes = new Uint8Array(SMALLEST);
  #ends: number[] = [];
  #used = 0;

  /** Of all texts together. */
  get byteLength(): number {
    return this.#used;
  }

  add(text: string): void {
    if (text !== '') this.#encode(text);
    this.#ends.push(this.#used);
  }

  /** All texts so far, in bytes of their own; none is left. */
  take(): PackedTexts {
    const packed = { bytes: this.#bytes.slice(0, this.#used), offsets: Uint32Array.from([0, ...this.#ends]) };
    [this.#used, this.#ends] = [0, []];
    if (this.#bytes.byteLength > MOST_HELD) this.#bytes = new Uint8Array(SMALLEST);
    return packed;
  }

  #encode(text: string): void {
    this.#reserve(text.length);
    let done = this.#encoder.encodeInto(text, this.#bytes.subarray(this.#used));
    if (done.read < text.length) {
      this.#reserve(WIDEST * text.length);
      done = this.#encoder.encodeInto(text, this.#bytes.subarray(this.#used));
    }
    this.#used += done.written;
  }

  #reserve(bytes: number): void {
    const needed = this.#used + bytes;
    if (needed <= this.#bytes.byteLength) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.byteLength));
    larger.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = larger;
  }
}

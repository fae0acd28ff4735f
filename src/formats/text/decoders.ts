// Decoders that refuse a byte which is no character, with its offset in the file. Which one reads a file:
// `textFile.ts`.
import { AtelierError } from '../../base/errors/errors';
import type { TextEncoding } from '../../base/records/encodings';
import { firstBadUtf8, firstBadUtf16, utf8Tail, utf16Tail } from './unicode';

export interface StrictDecoder {
  /** Offset in the file of the first byte that is not decoded yet. */
  readonly offset: number;
  /** @throws text-binary, text-not-utf8, text-not-utf16, text-not-encoding */
  push(chunk: Uint8Array): string;
  /**
   * What was left; refuses a file that ends inside a character, or holds nothing.
   * @throws text-empty, and as `push`
   */
  end(): string;
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const byteAt = (bytes: Uint8Array, at: number): string =>
  `0x${(bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, '0')}`;

/** Decodes whole characters only: what a chunk leaves unfinished is carried into the next, so offsets stay exact. */
export class UnicodeDecoder implements StrictDecoder {
  #carry: Uint8Array = new Uint8Array(0);
  offset: number;
  readonly #decoder: TextDecoder;

  /** @param markBytes Bytes of the file before those that are pushed */
  constructor(
    readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be',
    readonly markBytes: number,
    readonly file: string,
  ) {
    this.offset = markBytes;
    // The mark is cut off before; a later U+FEFF is text. Big-endian bytes are swapped first, so one decoder serves
    // both.
    this.#decoder = new TextDecoder(encoding === 'utf-8' ? 'utf-8' : 'utf-16le', { fatal: true, ignoreBOM: true });
  }

  push(chunk: Uint8Array): string {
    const bytes = this.#carry.length ? joined([this.#carry, chunk]) : chunk;
    const keep = this.encoding === 'utf-8' ? utf8Tail(bytes) : utf16Tail(bytes, this.encoding === 'utf-16be');
    const whole = bytes.subarray(0, bytes.length - keep);
    const text = this.#decode(whole);
    this.#carry = bytes.slice(bytes.length - keep);
    this.offset += whole.length;
    return text;
  }

  end(): string {
    if (this.#carry.length) this.#refuse(this.#carry, 0);
    if (this.offset === this.markBytes) throw new AtelierError('text-empty', { file: this.file });
    return '';
  }

  #decode(whole: Uint8Array): string {
    const big = this.encoding === 'utf-16be';
    try {
      const text = this.#decoder.decode(big ? swapped(whole) : whole);
      this.#refuseNul(text, whole);
      return text;
    } catch (error) {
      if (error instanceof AtelierError) throw error;
      if (this.encoding === 'utf-8') this.#refuseZero(whole);
      return this.#refuse(whole, this.encoding === 'utf-8' ? firstBadUtf8(whole) : firstBadUtf16(whole, big));
    }
  }

  #refuse(bytes: Uint8Array, at: number): never {
    const code = this.encoding === 'utf-8' ? 'text-not-utf8' : 'text-not-utf16';
    throw new AtelierError(code, { file: this.file, offset: this.offset + at, byte: byteAt(bytes, at) });
  }

  #refuseZero(bytes: Uint8Array): void {
    const at = bytes.indexOf(0);
    if (at >= 0) throw new AtelierError('text-binary', { file: this.file, offset: this.offset + at });
  }

  #refuseNul(text: string, bytes: Uint8Array): void {
    const at = text.indexOf('\0');
    if (at < 0) return;
    if (this.encoding === 'utf-8') this.#refuseZero(bytes);
    throw new AtelierError('text-binary', { file: this.file, offset: this.offset + 2 * at });
  }
}

function swapped(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    out[i] = bytes[i + 1]!;
    out[i + 1] = bytes[i]!;
  }
  return out;
}

/** Bytes of one line that are decoded at once where they can; beyond, an offset that is told may be that of a half. */
const LONGEST_PIECE = 8 * 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * Decodes the encodings that TextDecoder knows besides Unicode's, up to the last line end of each chunk: 0x0A is no
 * part of a longer character in any of them, so that a fault is found by reading the piece again.
 */
export class LegacyDecoder implements StrictDecoder {
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  #any = false;
  readonly #decoder: TextDecoder;

  constructor(
    readonly encoding: TextEncoding,
    public offset: number,
    readonly file: string,
  ) {
    this.#decoder = new TextDecoder(encoding, { fatal: true });
  }

  push(chunk: Uint8Array): string {
    const cut = this.#bytes > LONGEST_PIECE ? chunk.length : chunk.lastIndexOf(NEWLINE) + 1;
    const text = cut ? this.#decode([...this.#waiting, chunk.subarray(0, cut)]) : '';
    if (cut) [this.#waiting, this.#bytes] = [[], 0];
    this.#waiting.push(chunk.slice(cut));
    this.#bytes += chunk.length - cut;
    return text;
  }

  end(): string {
    const text = this.#decode(this.#waiting, true);
    if (!this.#any) throw new AtelierError('text-empty', { file: this.file });
    return text;
  }

  #decode(parts: readonly Uint8Array[], last = false): string {
    const bytes = joined(parts);
    if (bytes.length) this.#any = true;
    const zero = bytes.indexOf(0);
    if (zero >= 0) throw new AtelierError('text-binary', { file: this.file, offset: this.offset + zero });
    try {
      // in one piece, Node.js takes windows-1252 for Latin-1 (https://github.com/nodejs/node/issues/56542)
      const text = this.#decoder.decode(bytes, { stream: true }) + (last ? this.#decoder.decode() : '');
      this.offset += bytes.length;
      return text;
    } catch {
      const at = this.#firstBad(bytes);
      const { file, encoding } = this;
      throw new AtelierError('text-not-encoding', {
        ...{ file, encoding, offset: this.offset + at, byte: byteAt(bytes, at) },
      });
    }
  }

  /** The longest beginning that decodes, by halves; the byte behind it is at fault, or the character that it ends. */
  #firstBad(bytes: Uint8Array): number {
    let [good, bad] = [0, bytes.length];
    while (bad - good > 1) {
      const middle = (good + bad) >> 1;
      if (this.#decodes(bytes.subarray(0, middle))) good = middle;
      else bad = middle;
    }
    return good;
  }

  #decodes(bytes: Uint8Array): boolean {
    try {
      new TextDecoder(this.encoding, { fatal: true }).decode(bytes, { stream: true });
      return true;
    } catch {
      return false;
    }
  }
}

// Bytes of a text file to characters: UTF-8, or UTF-16 with its mark. A byte that is neither is told with its place.
import { AtelierError } from '../../base/errors/errors';
import type { DatasetRecord } from '../../base/records/dataset';
import { firstBadUtf8, firstBadUtf16, utf8Tail, utf16Tail } from './unicode';

export type TextEncoding = DatasetRecord['encoding'];
export type ByteSource = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** Zero bytes on one parity in more than this share of the pairs of the first chunk: UTF-16 that lost its mark. */
const UTF16_SHARE = 0.3;
/** Bytes before a file is judged: the longest mark has three, and two units of UTF-16 are the least that can show. */
const LEAST_HEAD = 4;

/**
 * The text of a file, chunk by chunk and strictly: UTF-8 with or without a byte order mark, UTF-16 with one. Bytes are
 * decoded as they come, because `File.text()` and one large `decode()` give '' above about 512 MB without an error.
 * `onEncoding` hears the encoding before the first chunk.
 * @throws text-empty, text-binary, text-utf16-without-mark, text-not-utf8, text-not-utf16, each with the byte offset in
 * the file
 */
export async function* decodeText(
  source: ByteSource,
  file: string,
  onEncoding?: (encoding: TextEncoding) => void,
): AsyncGenerator<string> {
  let decoder: Decoder | undefined;
  let head = new Uint8Array(0);
  for await (const chunk of bytesOf(source)) {
    if (decoder) {
      yield* nonEmpty(decoder.push(chunk));
      continue;
    }
    head = head.length ? joined(head, chunk) : chunk.slice();
    if (head.length < LEAST_HEAD) continue;
    decoder = decoderFor(head, file, onEncoding);
    yield* nonEmpty(decoder.push(head.subarray(decoder.markBytes)));
  }
  if (!decoder) {
    decoder = decoderFor(head, file, onEncoding);
    yield* nonEmpty(decoder.push(head.subarray(decoder.markBytes)));
  }
  decoder.end();
}

/** The chunks of a stream; Safari's ReadableStream has no async iterator, so streams are read by their reader. */
async function* bytesOf(source: ByteSource): AsyncGenerator<Uint8Array> {
  if (!(source instanceof ReadableStream)) {
    yield* source;
    return;
  }
  const reader = source.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function* nonEmpty(text: string): Generator<string> {
  if (text) yield text;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function decoderFor(head: Uint8Array, file: string, onEncoding?: (encoding: TextEncoding) => void): Decoder {
  const decoder = new Decoder(...markOf(head), file);
  onEncoding?.(decoder.encoding);
  return decoder;
}

function markOf(head: Uint8Array): [TextEncoding, number] {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return ['utf-8', 3];
  if (head[0] === 0xff && head[1] === 0xfe) return ['utf-16le', 2];
  if (head[0] === 0xfe && head[1] === 0xff) return ['utf-16be', 2];
  return ['utf-8', 0];
}

/** Decodes whole characters only: what a chunk leaves unfinished is carried into the next, so offsets stay exact. */
class Decoder {
  #carry: Uint8Array = new Uint8Array(0);
  /** Offset in the file of the first byte of `#carry`. */
  #offset: number;
  readonly #decoder: TextDecoder;

  constructor(
    readonly encoding: TextEncoding,
    readonly markBytes: number,
    readonly file: string,
  ) {
    this.#offset = markBytes;
    // The mark is cut off by us; a later U+FEFF is text. Big-endian bytes are swapped first, so one decoder serves
    // both.
    this.#decoder = new TextDecoder(encoding === 'utf-8' ? 'utf-8' : 'utf-16le', { fatal: true, ignoreBOM: true });
  }

  push(chunk: Uint8Array): string {
    const bytes = this.#carry.length ? joined(this.#carry, chunk) : chunk;
    if (this.encoding === 'utf-8') this.#refuseZero(bytes);
    const keep = this.encoding === 'utf-8' ? utf8Tail(bytes) : utf16Tail(bytes, this.encoding === 'utf-16be');
    const whole = bytes.subarray(0, bytes.length - keep);
    const text = this.#decode(whole);
    this.#carry = bytes.slice(bytes.length - keep);
    this.#offset += whole.length;
    return text;
  }

  /** Refuses a file that ends inside a character, or holds nothing. */
  end(): void {
    if (this.#carry.length) this.#refuse(this.#carry, 0);
    if (this.#offset === this.markBytes) throw new AtelierError('text-empty', { file: this.file });
  }

  #decode(whole: Uint8Array): string {
    const big = this.encoding === 'utf-16be';
    try {
      const text = this.#decoder.decode(big ? swapped(whole) : whole);
      if (this.encoding !== 'utf-8') this.#refuseNul(text);
      return text;
    } catch (error) {
      if (error instanceof AtelierError) throw error;
      return this.#refuse(whole, this.encoding === 'utf-8' ? firstBadUtf8(whole) : firstBadUtf16(whole, big));
    }
  }

  #refuse(bytes: Uint8Array, at: number): never {
    const byte = `0x${(bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, '0')}`;
    const code = this.encoding === 'utf-8' ? 'text-not-utf8' : 'text-not-utf16';
    throw new AtelierError(code, { file: this.file, offset: this.#offset + at, byte });
  }

  #refuseZero(bytes: Uint8Array): void {
    const at = bytes.indexOf(0);
    if (at < 0) return;
    const offset = this.#offset + at;
    if (this.#offset === 0 && looksUtf16(bytes)) throw new AtelierError('text-utf16-without-mark', { file: this.file });
    throw new AtelierError('text-binary', { file: this.file, offset });
  }

  #refuseNul(text: string): void {
    const at = text.indexOf('\0');
    if (at >= 0) throw new AtelierError('text-binary', { file: this.file, offset: this.#offset + 2 * at });
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

/** ASCII letters in UTF-16 have a zero as every second byte and hardly any on the other side. */
function looksUtf16(bytes: Uint8Array): boolean {
  const pairs = Math.min(bytes.length, 4096) >> 1;
  const zeros = [0, 0];
  for (let i = 0; i < 2 * pairs; i++) if (bytes[i] === 0) zeros[i & 1]!++;
  const [even, odd] = zeros as [number, number];
  return pairs > 1 && Math.max(even, odd) > UTF16_SHARE * pairs && Math.min(even, odd) < 0.02 * pairs;
}

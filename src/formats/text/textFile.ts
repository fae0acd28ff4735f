// Bytes of a text file to characters, in the encoding that is found or chosen. A byte that is none is told with its
// place.
import { AtelierError } from '../../base/errors/errors';
import type { TextEncoding } from '../../base/records/encodings';
import { joined, LegacyDecoder, UnicodeDecoder, type StrictDecoder } from './decoders';
import { guessEncoding, looksIso2022, utf16Side } from './encoding';
import { firstBadUtf8, utf8Tail } from './unicode';

export type ByteSource = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** Bytes before a file is judged: the longest mark has three, and two units of UTF-16 are the least that can show. */
const LEAST_HEAD = 4;
/** Bytes that an encoding is guessed from, and a format. */
export const SAMPLE = 64 * 1024;
/** Bytes of UTF-8 beyond one for each character after which it is no other encoding by chance. */
const SURE = 48;

/** Bytes of ASCII before the first others that are kept for the guess. */
const CONTEXT = 1024;

interface DecodeOptions {
  /** Chosen by a person, who has seen what another one gives. */
  encoding?: TextEncoding | undefined;
  /**
   * Hears the encoding before the first chunk, and another one where bytes that are not ASCII come later and say so.
   */
  onEncoding?: (encoding: TextEncoding) => void;
}

/**
 * The text of a file, chunk by chunk and strictly: UTF-8 with or without a byte order mark, UTF-16, and where bytes are
 * neither, the likeliest of the older encodings. Bytes are decoded as they come, because `File.text()` and one large
 * `decode()` give '' above about 512 MB without an error.
 * @throws text-empty, text-binary, text-not-utf8, text-not-utf16, text-not-encoding, each with the byte offset in the
 * file
 */
export async function* decodeText(
  source: ByteSource,
  file: string,
  options: DecodeOptions = {},
): AsyncGenerator<string> {
  const decoding = new Decoding(file, options);
  for await (const chunk of bytesOf(source)) yield* nonEmpty(decoding.push(chunk));
  yield* nonEmpty(decoding.end());
}

/** The characters that a file begins with; empty where its first bytes are no text. */
export function headText(bytes: Uint8Array, whole: boolean): string {
  const decoding = new Decoding('', {});
  try {
    const text = decoding.push(bytes);
    return whole ? text + decoding.end() : text;
  } catch (thrown) {
    if (thrown instanceof AtelierError) return '';
    throw thrown;
  }
}

/** The chunks of a stream; Safari's ReadableStream has no async iterator, so streams are read by their reader. */
export async function* bytesOf(source: ByteSource): AsyncGenerator<Uint8Array> {
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

/** Chooses the decoder by the first bytes, and again while they may still be another encoding than UTF-8. */
class Decoding {
  #decoder: StrictDecoder | undefined;
  #head: Uint8Array = new Uint8Array(0);
  /** Bytes that pass for UTF-8 so far and may yet turn out to be another encoding. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  /** The ASCII before them, which tells the language of their line. */
  #before: Uint8Array = new Uint8Array(0);
  #surplus = 0;
  #sure: boolean;

  constructor(
    readonly file: string,
    readonly options: DecodeOptions,
  ) {
    this.#sure = options.encoding !== undefined;
  }

  push(chunk: Uint8Array): string {
    if (this.#decoder) return this.#next(chunk, false);
    this.#head = this.#head.length ? joined([this.#head, chunk]) : chunk.slice();
    return this.#head.length < LEAST_HEAD ? '' : this.#begin(false);
  }

  end(): string {
    const text = this.#decoder ? this.#next(new Uint8Array(0), true) : this.#begin(true);
    return text + this.#decoder!.end();
  }

  #begin(last: boolean): string {
    const head = this.#head;
    const [found, mark] = encodingOf(head);
    const encoding = this.options.encoding ?? found;
    if (mark || encoding !== 'utf-8') this.#sure = true;
    const markBytes = encoding === found ? mark : 0;
    this.#use(encoding, markBytes);
    this.#head = new Uint8Array(0);
    return this.#next(head.subarray(markBytes), last);
  }

  #use(encoding: TextEncoding, offset: number): void {
    const unicode = encoding === 'utf-8' || encoding === 'utf-16le' || encoding === 'utf-16be';
    this.#decoder = unicode
      ? new UnicodeDecoder(encoding, offset, this.file)
      : new LegacyDecoder(encoding, offset, this.file);
    this.options.onEncoding?.(encoding);
  }

  #next(chunk: Uint8Array, last: boolean): string {
    return this.#sure ? this.#decoder!.push(chunk) : this.#doubted(chunk, last);
  }

  /** Holds back what is not ASCII until it is certain what it is; ASCII is the same in all of these encodings. */
  #doubted(chunk: Uint8Array, last: boolean): string {
    if (!this.#heldBytes && looksIso2022(chunk)) {
      this.#sure = true;
      this.#use('iso-2022-jp', this.#decoder!.offset);
      return this.#decoder!.push(chunk);
    }
    if (!this.#heldBytes && !last && isAscii(chunk)) {
      this.#before = joined([this.#before, chunk.subarray(-CONTEXT)]).slice(-CONTEXT);
      return this.#decoder!.push(chunk);
    }
    this.#held.push(chunk.slice());
    this.#heldBytes += chunk.byteLength;
    this.#surplus += chunk.reduce((sum, byte) => (byte >= 0x80 ? sum + 1 : sum), 0);
    if (!last && this.#heldBytes < SAMPLE && this.#surplus < SURE) return '';
    this.#sure = true;
    const held = joined(this.#held);
    this.#held = [];
    const whole = last && held.length <= SAMPLE;
    const sample = joined([this.#before, held.subarray(0, SAMPLE)]);
    const guess = isUtf8(held, last) ? undefined : guessEncoding(sample, whole);
    if (guess !== undefined) this.#use(guess, this.#decoder!.offset);
    return this.#decoder!.push(held);
  }
}

/** Four bytes at a time, none of which has its highest bit. */
function isAscii(bytes: Uint8Array): boolean {
  if (bytes.length < 4) return bytes.every((byte) => byte < 0x80); // less than a word, wherever it begins
  const before = Math.min(bytes.length, -bytes.byteOffset & 3);
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + before, (bytes.length - before) >> 2);
  let all = 0; // by index and without a branch: this is asked of every byte
  for (let i = 0; i < words.length; i++) all |= words[i]!;
  const rest = [...bytes.subarray(0, before), ...bytes.subarray(before + 4 * words.length)];
  return (all & 0x80808080) === 0 && rest.every((byte) => byte < 0x80);
}

/** @param last No bytes follow that could complete a character */
function isUtf8(bytes: Uint8Array, last: boolean): boolean {
  const bad = firstBadUtf8(bytes);
  return bad < 0 || (!last && bad >= bytes.length - utf8Tail(bytes));
}

/** The encoding that the first bytes say, and the bytes of its mark. */
function encodingOf(head: Uint8Array): [TextEncoding, number] {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return ['utf-8', 3];
  if (head[0] === 0xff && head[1] === 0xfe) return ['utf-16le', 2];
  if (head[0] === 0xfe && head[1] === 0xff) return ['utf-16be', 2];
  return [utf16Side(head) ?? 'utf-8', 0];
}

/** Tokens of a text and where each begins in its UTF-8 bytes, plus the end (length = ids + 1). */
export interface Encoded {
  ids: Uint32Array;
  offsets: Uint32Array;
}

/** A token as a view shows it; a part of a character shows as its bytes in hex. */
export interface ShownToken {
  id: number;
  text: string;
  partial: boolean;
  bytes: number;
}

export interface EncodeOptions {
  /**
   * Whether special tokens are recognised in the text. Default true, as in the reference. False for what a person
   * wrote: a text that speaks of <|im_end|> must not end the turn.
   */
  special?: boolean;
}

/** Text to ids and back: the tokenizers made here, and those that models are published with. */
export abstract class Tokenizer {
  abstract readonly vocabSize: number;
  /** Ends a text; what generation stops at. */
  abstract readonly endId: number;
  /** Begins each text of a model that wants it so. */
  abstract readonly beginId: number | undefined;
  abstract encode(text: string, options?: EncodeOptions): Uint32Array;
  /** Offsets count in the UTF-8 bytes of the text as the tokenizer normalises it. */
  abstract encodeWithOffsets(text: string, options?: EncodeOptions): Encoded;
  abstract isSpecial(id: number): boolean;
  /** The bytes of a token; undefined for an id beyond the vocabulary (a model may have more rows). */
  abstract bytesOf(id: number): Uint8Array | undefined;
  /**
   * Finds special tokens in a text, the longest first; undefined where there are none. With the flag g: for replace and
   * matchAll.
   */
  abstract readonly specialPattern: RegExp | undefined;
  /** A text as the bytes of its tokens spell it: normalised. */
  abstract spelled(text: string): string;
  /** The id of a token by its spelling. */
  abstract idOf(token: string): number | undefined;

  /** The text of ids; bytes that are no UTF-8 become U+FFFD, ids beyond the vocabulary nothing. */
  decode(ids: Iterable<number>, options: { skipSpecial?: boolean } = {}): string {
    const stream = new TextStream(this, options);
    let text = '';
    for (const id of ids) text += stream.push(id);
    return text + stream.finish();
  }

  show(id: number): ShownToken {
    const bytes = this.bytesOf(id) ?? new Uint8Array(0);
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
      return { id, text, partial: false, bytes: bytes.length };
    } catch {
      const hex = Array.from(bytes, (b) => b.toString(16).toUpperCase().padStart(2, '0')).join(' ');
      return { id, text: hex, partial: true, bytes: bytes.length };
    }
  }
}

interface StreamOptions {
  skipSpecial?: boolean;
  /** Leaves out bytes that make no character, and control characters: a model that has learned little writes many. */
  charactersOnly?: boolean;
}

/** What a decoder writes for bytes that are no UTF-8, and controls but those of white space. */
const NO_CHARACTER = /\uFFFD|[^\P{Cc}\t\n\r]/gu;

/** Decodes token by token, as a model generates them: the bytes of an unfinished character wait for the next token. */
export class TextStream {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(
    readonly tokenizer: Tokenizer,
    readonly options: StreamOptions = {},
  ) {}

  push(id: number): string {
    if (this.options.skipSpecial && this.tokenizer.isSpecial(id)) return '';
    const bytes = this.tokenizer.bytesOf(id);
    return bytes ? this.#shown(this.#decoder.decode(bytes, { stream: true })) : '';
  }

  /** What is left at the end: U+FFFD, or nothing, where a character was never finished. */
  finish(): string {
    return this.#shown(this.#decoder.decode());
  }

  #shown(text: string): string {
    return this.options.charactersOnly ? text.replace(NO_CHARACTER, '') : text;
  }
}

/** Leftmost, then longest, as the reference matches added tokens. */
export function patternOf(contents: readonly string[]): RegExp | undefined {
  if (!contents.length) return undefined;
  const longestFirst = [...contents].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map((c) => c.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')).join('|'), 'g');
}

/**
 * Tokens of a text and the characters that each spells, from the UTF-16 unit where it starts to the one where it ends.
 * Tokens that share a character share its place; one that the tokenizer puts in has no length, and what it leaves out
 * lies between two tokens.
 */
export interface PlacedTokens {
  ids: Uint32Array;
  starts: Uint32Array;
  ends: Uint32Array;
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
  /** Whether the text goes on from another: some tokenizers put a blank before the first words alone. Default false. */
  continues?: boolean;
}

export interface DecodeOptions {
  skipSpecial?: boolean;
  /** Whether the tokens go on from a text: some tokenizers drop a blank before the first words. Default false. */
  continues?: boolean;
}

/** Text to ids and back: the tokenizers made here, and those that models are published with. */
export abstract class Tokenizer {
  abstract readonly vocabSize: number;
  /** Ends a text; what generation stops at. */
  abstract readonly endId: number;
  /** Begins each text of a model that wants it so. */
  abstract readonly beginId: number | undefined;
  abstract encode(text: string, options?: EncodeOptions): Uint32Array;
  abstract encodeWithPlaces(text: string, options?: EncodeOptions): PlacedTokens;
  abstract isSpecial(id: number): boolean;
  /** Whether a special token takes the blanks beside it along. */
  takesBlanks(_id: number): { before: boolean; behind: boolean } {
    return { before: false, behind: false };
  }
  /** The bytes of a token; undefined for an id beyond the vocabulary (a model may have more rows). */
  abstract bytesOf(id: number): Uint8Array | undefined;
  /**
   * Finds special tokens in a text, the longest first; undefined where there are none. With the flag g: for replace and
   * matchAll.
   */
  abstract readonly specialPattern: RegExp | undefined;
  /** Blanks that decoding drops at the beginning of a text; Infinity: those of its first token. */
  readonly droppedBlanks: number = 0;
  /** The id of a token by its spelling. */
  abstract idOf(token: string): number | undefined;
  /**
   * Special tokens that a person added. Any text may hold them, unlike those that a template writes, as which nothing
   * is read that a person wrote.
   */
  readonly newTokens: readonly string[] = [];

  /** The text of ids; bytes that are no UTF-8 become U+FFFD, ids beyond the vocabulary nothing. */
  decode(ids: Iterable<number>, options: DecodeOptions = {}): string {
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

interface StreamOptions extends DecodeOptions {
  /** Leaves out bytes that make no character, and control characters: a model that has learned little writes many. */
  charactersOnly?: boolean;
}

/** What a decoder writes for bytes that are no UTF-8, and controls but those of white space. */
const NO_CHARACTER = /\uFFFD|[^\P{Cc}\t\n\r]/gu;

/** Decodes token by token, as a model generates them: the bytes of an unfinished character wait for the next token. */
export class TextStream {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #blanks: number;

  constructor(
    readonly tokenizer: Tokenizer,
    readonly options: StreamOptions = {},
  ) {
    this.#blanks = options.continues ? 0 : tokenizer.droppedBlanks;
  }

  push(id: number): string {
    if (this.options.skipSpecial && this.tokenizer.isSpecial(id)) return '';
    const bytes = this.tokenizer.bytesOf(id);
    return bytes ? this.#shown(this.#withoutBlanks(this.#decoder.decode(bytes, { stream: true }))) : '';
  }

  #withoutBlanks(text: string): string {
    let at = 0;
    while (at < this.#blanks && text[at] === ' ') at++;
    if (at < text.length || this.#blanks === Infinity) this.#blanks = 0;
    else this.#blanks -= at;
    return text.slice(at);
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

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
  /** Whether special tokens that the text spells out are taken as such; without it they are text like any other. */
  special?: boolean;
  /** Places, in UTF-16 units, at which a special token does not begin although the text spells one out. Ascending. */
  literal?: readonly number[];
}

/** What every tokenizer can do, those made here and published ones. */
export interface TextTokenizer {
  readonly vocabSize: number;
  readonly endId: number;
  encode(text: string, options?: EncodeOptions): Uint32Array;
  /** Offsets count bytes of `surface(text)`. */
  encodeWithOffsets(text: string, options?: EncodeOptions): Encoded;
  /** The text that the tokens spell: what normalisation leaves of it. */
  surface(text: string): string;
  decode(ids: Iterable<number>, options?: { skipSpecial?: boolean }): string;
  isSpecial(id: number): boolean;
  /** The bytes of a token; undefined for an id beyond the vocabulary (a model may have more rows). */
  bytesOf(id: number): Uint8Array | undefined;
  show(id: number): ShownToken;
  idOf(token: string): number | undefined;
  /** Special tokens, as they are spelled. */
  readonly specials: readonly string[];
}

/** Decodes token by token, as a model generates them: the bytes of an unfinished character wait for the next token. */
export class StreamingDecoder {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(
    readonly tokenizer: Pick<TextTokenizer, 'isSpecial' | 'bytesOf'>,
    readonly options: { skipSpecial?: boolean } = {},
  ) {}

  push(id: number): string {
    if (this.options.skipSpecial && this.tokenizer.isSpecial(id)) return '';
    const bytes = this.tokenizer.bytesOf(id);
    return bytes ? this.#decoder.decode(bytes, { stream: true }) : '';
  }

  /** What is left at the end: U+FFFD where a character was never finished. */
  finish(): string {
    return this.#decoder.decode();
  }
}

export function decodeAll(
  tokenizer: Pick<TextTokenizer, 'isSpecial' | 'bytesOf'>,
  ids: Iterable<number>,
  options: { skipSpecial?: boolean },
): string {
  const decoder = new StreamingDecoder(tokenizer, options);
  let text = '';
  for (const id of ids) text += decoder.push(id);
  return text + decoder.finish();
}

export function showBytes(id: number, bytes: Uint8Array): ShownToken {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { id, text, partial: false, bytes: bytes.length };
  } catch {
    const hex = Array.from(bytes, (b) => b.toString(16).toUpperCase().padStart(2, '0')).join(' ');
    return { id, text: hex, partial: true, bytes: bytes.length };
  }
}

export const utf8Length = (text: string): number => new TextEncoder().encode(text).length;

/** With U+FFFD for lone surrogates, as UTF-8 has it. */
export const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\ufffd');

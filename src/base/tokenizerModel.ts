// A tokenizer as a plain value. What encodes with it lies in data/tokens; its record is records/tokenizer.ts.
/** The token that ends a row, begins and stops generation, and fills padding; id 0 in tokenizers made here. */
export const END_TOKEN = '<|endoftext|>';
/** Stands for a character that a character tokenizer has not seen; id 1 there. */
export const UNKNOWN_TOKEN = '<unk>';

/** How a tokenizer that was made here cuts text: by code points, or by byte pairs. */
export type TokenizerKind = 'characters' | 'bpe';

/** A token that is found in text verbatim, before anything is split. */
export interface AddedToken {
  id: number;
  content: string;
  /** Left out of decoded text. */
  special: boolean;
}

/**
 * A tokenizer as a plain value: what a Hugging Face tokenizer.json of the kinds that we run says.
 * `characters`: one id per code point. `bpe`: byte-level byte-pair encoding with GPT-2's split and byte alphabet.
 */
export interface TokenizerModel {
  kind: TokenizerKind;
  /**
   * The spelling of each id: bytes in GPT-2's alphabet (`bpe`), the character (`characters`), added tokens verbatim.
   */
  vocab: string[];
  /** Pairs of ids in order of priority; the joined spelling is in `vocab`. Empty for characters. */
  merges: [number, number][];
  added: AddedToken[];
  endId: number;
  /** Characters only. */
  unkId?: number;
  /** Each digit is cut off on its own before GPT-2's split, as SmolLM2 does. */
  splitDigits?: boolean;
}

/**
 * GPT-2's byte alphabet: printable Latin-1 bytes stand for themselves, the other 68 are U+0100 onwards in byte order,
 * so that every token is printable text without spaces.
 */
export const BYTE_SYMBOLS: readonly string[] = byteSymbols();
export const BYTE_OF_SYMBOL: ReadonlyMap<string, number> = new Map(BYTE_SYMBOLS.map((s, byte) => [s, byte]));

function byteSymbols(): string[] {
  const printable = (b: number): boolean => (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, b) => String.fromCharCode(printable(b) ? b : next++));
}

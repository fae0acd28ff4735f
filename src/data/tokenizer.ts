import type { TokenizerModel } from '../base/tokenizerModel';
import { BytePairs, bytesOfSymbols } from './bytePairs';
import { TokenSink } from './tokenSink';
import { forEachWord } from './words';

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

/** Runs a TokenizerModel: text to ids and back. Ids are those of Hugging Face tokenizers for the same tokenizer.json. */
export class Tokenizer {
  readonly #bytes: Uint8Array[];
  readonly #pairs: BytePairs | undefined;
  readonly #idOf: ReadonlyMap<string, number>;
  /** Finds added tokens, the longest first; undefined where there are none. */
  readonly #addedPattern: RegExp | undefined;
  readonly #special: ReadonlySet<number>;
  readonly #out = new TokenSink();

  constructor(readonly model: TokenizerModel) {
    const added = new Set(model.added.map((a) => a.id));
    const utf8 = new TextEncoder();
    this.#bytes = model.vocab.map((token, id) =>
      model.kind === 'bpe' && !added.has(id) ? bytesOfSymbols(token) : utf8.encode(token),
    );
    this.#pairs = model.kind === 'bpe' ? new BytePairs(model) : undefined;
    this.#idOf = new Map(model.vocab.map((token, id) => [token, id]));
    this.#addedPattern = patternOf(model.added.map((a) => a.content));
    this.#special = new Set(model.added.filter((a) => a.special).map((a) => a.id));
  }

  get vocabSize(): number {
    return this.model.vocab.length;
  }

  get endId(): number {
    return this.model.endId;
  }

  /** The ids of a text; added tokens are recognised in it, as in the reference. */
  encode(text: string): Uint32Array {
    this.#out.clear();
    let from = 0;
    if (this.#addedPattern) {
      for (const found of text.matchAll(this.#addedPattern)) {
        this.#encodePlain(text.slice(from, found.index));
        this.#out.push(this.#idOf.get(found[0])!);
        from = found.index + found[0].length;
      }
    }
    this.#encodePlain(from ? text.slice(from) : text);
    return this.#out.taken();
  }

  encodeWithOffsets(text: string): Encoded {
    const ids = this.encode(text);
    const offsets = new Uint32Array(ids.length + 1);
    // An unknown character has its own length, which only the text tells.
    let rest = this.model.kind === 'characters' ? text : '';
    for (let i = 0; i < ids.length; i++) {
      let bytes = this.#bytes[ids[i]!]!.length;
      if (rest) {
        const known = this.model.vocab[ids[i]!]!;
        const unit = rest.startsWith(known) ? known : String.fromCodePoint(rest.codePointAt(0)!);
        bytes = utf8Length(unit);
        rest = rest.slice(unit.length);
      }
      offsets[i + 1] = offsets[i]! + bytes;
    }
    return { ids, offsets };
  }

  /** The text of ids; bytes that are no UTF-8 become U+FFFD, ids beyond the vocabulary nothing. */
  decode(ids: Iterable<number>, options: { skipSpecial?: boolean } = {}): string {
    const decoder = new StreamingDecoder(this, options);
    let text = '';
    for (const id of ids) text += decoder.push(id);
    return text + decoder.finish();
  }

  isSpecial(id: number): boolean {
    return this.#special.has(id);
  }

  /** The bytes of a token; undefined for an id beyond the vocabulary (a model may have more rows). */
  bytesOf(id: number): Uint8Array | undefined {
    return this.#bytes[id];
  }

  show(id: number): ShownToken {
    const bytes = this.#bytes[id] ?? new Uint8Array(0);
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
      return { id, text, partial: false, bytes: bytes.length };
    } catch {
      const hex = Array.from(bytes, (b) => b.toString(16).toUpperCase().padStart(2, '0')).join(' ');
      return { id, text: hex, partial: true, bytes: bytes.length };
    }
  }

  #encodePlain(text: string): void {
    const pairs = this.#pairs;
    const out = this.#out;
    if (pairs) forEachWord(text, this.model.splitDigits === true, (word) => pairs.encode(word, out));
    else for (const character of text) out.push(this.#idOf.get(character) ?? this.model.unkId!);
  }
}

/** Decodes token by token, as a model generates them: the bytes of an unfinished character wait for the next token. */
export class StreamingDecoder {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(
    readonly tokenizer: Tokenizer,
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

const utf8Length = (text: string): number => new TextEncoder().encode(text).length;

/** Leftmost, then longest, as the reference matches added tokens. */
function patternOf(contents: readonly string[]): RegExp | undefined {
  if (!contents.length) return undefined;
  const longestFirst = [...contents].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map((c) => c.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')).join('|'), 'g');
}

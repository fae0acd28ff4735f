import type { TokenizerModel } from '../base/tokenizerModel';
import { BytePairs, bytesOfSymbols } from './bytePairs';
import {
  decodeAll,
  showBytes,
  utf8Length,
  wellFormed,
  type Encoded,
  type EncodeOptions,
  type ShownToken,
  type TextTokenizer,
} from './textTokenizer';
import { TokenSink } from './tokenSink';
import { forEachWord } from './words';

/** Runs a TokenizerModel: text to ids and back. Ids are those of Hugging Face tokenizers for the same tokenizer.json. */
export class Tokenizer implements TextTokenizer {
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
  encode(text: string, options: EncodeOptions = {}): Uint32Array {
    this.#out.clear();
    let from = 0;
    if (this.#addedPattern) {
      for (const found of text.matchAll(this.#addedPattern)) {
        if (this.#isLiteral(found[0], found.index, options)) continue;
        this.#encodePlain(text.slice(from, found.index));
        this.#out.push(this.#idOf.get(found[0])!);
        from = found.index + found[0].length;
      }
    }
    this.#encodePlain(from ? text.slice(from) : text);
    return this.#out.taken();
  }

  encodeWithOffsets(text: string, options: EncodeOptions = {}): Encoded {
    const ids = this.encode(text, options);
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
    return decodeAll(this, ids, options);
  }

  isSpecial(id: number): boolean {
    return this.#special.has(id);
  }

  /** The bytes of a token; undefined for an id beyond the vocabulary (a model may have more rows). */
  bytesOf(id: number): Uint8Array | undefined {
    return this.#bytes[id];
  }

  show(id: number): ShownToken {
    return showBytes(id, this.#bytes[id] ?? new Uint8Array(0));
  }

  surface(text: string): string {
    return wellFormed(text);
  }

  idOf(token: string): number | undefined {
    return this.#idOf.get(token);
  }

  get specials(): readonly string[] {
    return this.model.added.filter((a) => a.special).map((a) => a.content);
  }

  #isLiteral(token: string, at: number, { special = true, literal = [] }: EncodeOptions): boolean {
    return this.#special.has(this.#idOf.get(token)!) && (!special || literal.includes(at));
  }

  #encodePlain(text: string): void {
    const pairs = this.#pairs;
    const out = this.#out;
    if (pairs) forEachWord(text, this.model.splitDigits === true, (word) => pairs.encode(word, out));
    else for (const character of text) out.push(this.#idOf.get(character) ?? this.model.unkId!);
  }
}

/** Leftmost, then longest, as the reference matches added tokens. */
function patternOf(contents: readonly string[]): RegExp | undefined {
  if (!contents.length) return undefined;
  const longestFirst = [...contents].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map((c) => c.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')).join('|'), 'g');
}

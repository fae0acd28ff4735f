/** A tokenizer that was trained here: byte-level BPE or single characters. */
import type { AddedToken, TokenizerModel } from '../../base/tokenizerModel';
import { BytePairs, bytesOfSymbols } from './bytePairs';
import { patternOf, Tokenizer, type EncodeOptions, type PlacedTokens } from './tokenizer';
import { placedTokens } from './tokenPlaces';
import { TokenSink } from './tokenSink';
import { forEachWord } from './pretokenize';

/**
 * A tokenizer made here, or a published one of the same kinds. It runs a TokenizerModel: text to ids and back. Ids are
 * those of Hugging Face tokenizers for the same tokenizer.json.
 */
export class OwnTokenizer extends Tokenizer {
  readonly #bytes: Uint8Array[];
  readonly #pairs: BytePairs | undefined;
  readonly #idOf: ReadonlyMap<string, number>;
  /** Find added tokens, the longest first; undefined where there are none. */
  readonly #added: RegExp | undefined;
  readonly #addedNotSpecial: RegExp | undefined;
  readonly #special: ReadonlySet<number>;
  readonly #out = new TokenSink();
  readonly beginId = undefined;
  readonly specialPattern: RegExp | undefined;

  constructor(
    readonly model: TokenizerModel,
    override readonly newTokens: readonly string[] = [],
  ) {
    super();
    const isSpecial = ({ special, content }: AddedToken): boolean => special && !newTokens.includes(content);
    const added = new Set(model.added.map((a) => a.id));
    const utf8 = new TextEncoder();
    this.#bytes = model.vocab.map((token, id) =>
      model.kind === 'bpe' && !added.has(id) ? bytesOfSymbols(token) : utf8.encode(token),
    );
    this.#pairs = model.kind === 'bpe' ? new BytePairs(model) : undefined;
    this.#idOf = new Map(model.vocab.map((token, id) => [token, id]));
    this.#added = patternOf(model.added.map((a) => a.content));
    this.#addedNotSpecial = patternOf(model.added.filter((a) => !isSpecial(a)).map((a) => a.content));
    this.specialPattern = patternOf(model.added.filter(isSpecial).map((a) => a.content));
    this.#special = new Set(model.added.filter(isSpecial).map((a) => a.id));
  }

  get vocabSize(): number {
    return this.model.vocab.length;
  }

  get endId(): number {
    return this.model.endId;
  }

  /** The ids of a text; added tokens are recognised in it, as in the reference. */
  encode(text: string, { special = true }: EncodeOptions = {}): Uint32Array {
    this.#out.clear();
    let from = 0;
    const pattern = special ? this.#added : this.#addedNotSpecial;
    if (pattern) {
      for (const found of text.matchAll(pattern)) {
        this.#encodePlain(text.slice(from, found.index));
        this.#out.push(this.#idOf.get(found[0])!);
        from = found.index + found[0].length;
      }
    }
    this.#encodePlain(from ? text.slice(from) : text);
    return this.#out.taken();
  }

  encodeWithPlaces(text: string, options?: EncodeOptions): PlacedTokens {
    const ids = this.encode(text, options);
    const { unkId: id } = this.model;
    const unknown = id === undefined ? {} : { unknown: { id, each: 'character' as const } };
    return placedTokens(ids, { text }, { bytesOf: (token) => this.#bytes[token], ...unknown });
  }

  isSpecial(id: number): boolean {
    return this.#special.has(id);
  }

  bytesOf(id: number): Uint8Array | undefined {
    return this.#bytes[id];
  }

  idOf(token: string): number | undefined {
    return this.#idOf.get(token);
  }

  #encodePlain(text: string): void {
    const pairs = this.#pairs;
    const out = this.#out;
    if (pairs) forEachWord(text, this.model.splitDigits === true, (word) => pairs.encode(word, out));
    else for (const character of text) out.push(this.#idOf.get(character) ?? this.model.unkId!);
  }
}

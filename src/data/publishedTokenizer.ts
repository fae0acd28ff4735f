import { BPE, Tokenizer as Library } from '@huggingface/tokenizers';
import { AtelierError } from '../base/errors/errors';
import { BYTE_OF_SYMBOL } from '../base/tokenizerModel';
import { AddedTokens } from './addedTokens';
import { faithful, type Part, type TokenizerFile } from './publishedParts';
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

const BYTE_TOKEN = /^<0x([0-9A-F]{2})>$/;
/** SentencePiece's mark for a space. */
const SPACE_MARK = '\u2581';

interface Token {
  id: number;
  /** Bytes of the surface that it covers. */
  length: number;
}

/**
 * Runs a published tokenizer.json of byte-pair encoding, over bytes or over characters with a fall-back to bytes. The
 * library normalises, splits and merges; added tokens are found here, because it cannot leave them unread, and offsets are
 * counted here, because it has none.
 */
export class PublishedTokenizer implements TextTokenizer {
  readonly vocabSize: number;
  /** What the file's own post-processor puts before and after a text. */
  readonly around: { before: number[]; after: number[] };
  readonly #library: Library;
  readonly #model: BPE;
  readonly #added: AddedTokens;
  readonly #bytes: (Uint8Array | undefined)[];
  readonly #marked: boolean;

  /** Errors: tokenizer-unsupported with the part, tokenizer-broken. */
  constructor(
    json: string,
    readonly endId: number,
    file = 'tokenizer.json',
  ) {
    const parsed = faithful(json, file);
    this.#library = new Library({ ...parsed.source, added_tokens: [], post_processor: null }, {});
    if (!(this.#library.model instanceof BPE)) throw new AtelierError('tokenizer-broken', { file, detail: 'model' });
    this.#model = this.#library.model;
    this.#added = new AddedTokens(parsed.added, (text) => this.#normalised(text));
    this.#marked = !parsed.byteLevel;
    this.#bytes = bytesOfAll(this.#model.vocab, parsed);
    this.vocabSize = this.#bytes.length;
    this.around = aroundOf(parsed, (token) => this.idOf(token));
  }

  get specials(): readonly string[] {
    return this.#added.specials;
  }

  encode(text: string, options: EncodeOptions = {}): Uint32Array {
    return Uint32Array.from(this.#tokens(text, options), (token) => token.id);
  }

  encodeWithOffsets(text: string, options: EncodeOptions = {}): Encoded {
    const tokens = [...this.#tokens(text, options)];
    const offsets = new Uint32Array(tokens.length + 1);
    tokens.forEach((token, i) => (offsets[i + 1] = offsets[i]! + token.length));
    return { ids: Uint32Array.from(tokens, (token) => token.id), offsets };
  }

  surface(text: string): string {
    const normalised = this.#normalised(wellFormed(text));
    return this.#marked ? normalised.replaceAll(SPACE_MARK, ' ') : normalised;
  }

  decode(ids: Iterable<number>, options: { skipSpecial?: boolean } = {}): string {
    return decodeAll(this, ids, options);
  }

  isSpecial(id: number): boolean {
    return this.#added.isSpecial(id);
  }

  bytesOf(id: number): Uint8Array | undefined {
    return this.#bytes[id];
  }

  show(id: number): ShownToken {
    return showBytes(id, this.#bytes[id] ?? new Uint8Array(0));
  }

  idOf(token: string): number | undefined {
    return this.#added.idOf(token) ?? this.#model.tokens_to_ids.get(token);
  }

  #normalised(text: string): string {
    return this.#library.normalizer?.normalize(text) ?? text;
  }

  *#tokens(text: string, options: EncodeOptions): Generator<Token> {
    for (const section of this.#added.sections(wellFormed(text), options)) {
      if (section.id !== undefined) yield { id: section.id, length: utf8Length(this.surface(section.text)) };
      else yield* this.#plain(section.text);
    }
  }

  *#plain(normalised: string): Generator<Token> {
    if (!normalised) return;
    const words = this.#library.pre_tokenizer?.pre_tokenize(normalised) ?? [normalised];
    for (const word of words) {
      for (const token of this.#model.encode([word])) {
        const id = this.#model.tokens_to_ids.get(token)!;
        yield { id, length: this.#bytes[id]!.length };
      }
    }
  }
}

function bytesOfAll(vocab: readonly string[], { added, byteLevel }: TokenizerFile): (Uint8Array | undefined)[] {
  const utf8 = new TextEncoder();
  const bytes: (Uint8Array | undefined)[] = vocab.map((token) => {
    if (byteLevel && Array.from(token).every((symbol) => BYTE_OF_SYMBOL.has(symbol)))
      return Uint8Array.from(token, (symbol) => BYTE_OF_SYMBOL.get(symbol)!);
    const byte = byteLevel ? undefined : BYTE_TOKEN.exec(token)?.[1];
    return byte ? Uint8Array.of(parseInt(byte, 16)) : utf8.encode(token.replaceAll(SPACE_MARK, ' '));
  });
  for (const { id, content } of added) bytes[id] = utf8.encode(content);
  return bytes;
}

/** Special tokens of a TemplateProcessing: those before the text's place and those after it. */
function aroundOf(
  { source }: TokenizerFile,
  idOf: (token: string) => number | undefined,
): { before: number[]; after: number[] } {
  const around = { before: [] as number[], after: [] as number[] };
  const steps = [source.post_processor ?? {}].flatMap((p): Part[] => p.processors ?? [p]);
  for (const { single } of steps.filter((step) => step.type === 'TemplateProcessing')) {
    let side = around.before;
    for (const piece of single ?? []) {
      const id = piece.SpecialToken ? idOf(piece.SpecialToken.id) : undefined;
      if (piece.Sequence) side = around.after;
      else if (id !== undefined) side.push(id);
    }
  }
  return around;
}

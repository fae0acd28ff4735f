/** A tokenizer.json that was made elsewhere, run by @huggingface/tokenizers behind our interface. */
import { Tokenizer as Reference } from '@huggingface/tokenizers';
import { AtelierError } from '../../base/errors/errors';
import { BYTE_SYMBOLS, type TokenizerModel } from '../../base/tokenizerModel';
import { bytesOfSymbols } from './bytePairs';
import { OwnTokenizer } from './ownTokenizer';
import { patternOf, Tokenizer, type Encoded, type EncodeOptions } from './tokenizer';

/** What tokenizers over characters write for a space. */
const SPACE = '▁';

/** What of a tokenizer.json is read here; the library reads the rest. */
interface Published {
  added_tokens?: AddedToken[];
  normalizer?: object | null;
  pre_tokenizer?: PreTokenizer | null;
  decoder?: Decoder | null;
  post_processor?: PostProcessor | null;
  model: Model;
}
interface AddedToken {
  id: number;
  content: string;
  special?: boolean;
  single_word?: boolean;
  lstrip?: boolean;
  rstrip?: boolean;
}
interface PreTokenizer {
  type: string;
  add_prefix_space?: boolean;
  use_regex?: boolean;
  individual_digits?: boolean;
  pretokenizers?: PreTokenizer[];
}
interface Model {
  type?: string;
  vocab: Record<string, number>;
  /** Pairs, or both spellings with a space between. */
  merges?: (string | [string, string])[];
  dropout?: number | null;
  byte_fallback?: boolean;
  ignore_merges?: boolean;
  continuing_subword_prefix?: string | null;
  end_of_word_suffix?: string | null;
}
interface Decoder {
  type: string;
  decoders?: Decoder[];
}
interface PostProcessor {
  type: string;
  processors?: PostProcessor[];
  single?: Record<string, { id?: string }>[];
  special_tokens?: Record<string, { ids: number[] }>;
}

/**
 * A tokenizer as it was published: any tokenizer.json whose model is byte-pair encoding, over bytes (GPT-2, Llama 3,
 * Qwen) or over characters with bytes for what is in no token (Gemma). Ids come from our own byte-pair encoding where
 * the file is of a kind that it runs
 * (`npm run bench -- --tokenizer`: 13 times as fast for GPT-2's kind, 11 times for SmolLM2's, side by side), else from
 * Hugging Face's library; the bytes of each token, and so the offsets, are ours, since it has none. Throws
 * tokenizer-unsupported.
 */
export class PretrainedTokenizer extends Tokenizer {
  readonly vocabSize: number;
  readonly beginId: number | undefined;
  readonly specialPattern: RegExp | undefined;
  readonly #withSpecial: Reference;
  /** Knows no special tokens, and so finds none in a text. */
  readonly #plain: Reference;
  /** Gives the same ids, where it can. */
  readonly #own: OwnTokenizer | undefined;
  readonly #bytes: (Uint8Array | undefined)[];
  readonly #special: ReadonlySet<number>;
  readonly #ids: ReadonlyMap<string, number>;
  /** Spaces are written as another character. */
  readonly #spaces: boolean;

  /**
   * @param rows of the model's embedding: an added token beyond them, as Gemma 3 has one for pictures, is none of this
   * model's.
   */
  constructor(
    json: string,
    readonly endId: number,
    readonly name: string,
    rows = Infinity,
  ) {
    super();
    const published = withoutSpare(JSON.parse(json) as Published, rows);
    const { added_tokens: added = [] } = published;
    const plain = { ...published, added_tokens: added.filter((token) => !token.special) };
    this.#withSpecial = new Reference(published, {});
    this.#plain = new Reference(plain, {});
    const own = ownModelOf(published, endId);
    this.#own = own && new OwnTokenizer(own);
    this.#special = new Set(added.filter((token) => token.special).map(({ id }) => id));
    this.specialPattern = patternOf(added.filter((token) => token.special).map(({ content }) => content));
    const bytesOf = spellingOf(published, name);
    this.#spaces = published.decoder?.type !== 'ByteLevel';
    this.#bytes = [];
    for (const [token, id] of Object.entries(published.model.vocab)) this.#bytes[id] = bytesOf(token);
    for (const { content, id } of added) this.#bytes[id] = new TextEncoder().encode(this.#spelledSpaces(content));
    this.#ids = new Map([...Object.entries(published.model.vocab), ...added.map((a) => [a.content, a.id] as const)]);
    this.vocabSize = this.#bytes.length;
    this.beginId = beginOf(published.post_processor ?? undefined);
  }

  encode(text: string, { special = true }: EncodeOptions = {}): Uint32Array {
    if (this.#own) return this.#own.encode(text, { special });
    const reference = special ? this.#withSpecial : this.#plain;
    return Uint32Array.from(text ? reference.encode(text, { add_special_tokens: false }).ids : []);
  }

  encodeWithOffsets(text: string, options?: EncodeOptions): Encoded {
    const ids = this.encode(text, options);
    const offsets = new Uint32Array(ids.length + 1);
    ids.forEach((id, i) => (offsets[i + 1] = offsets[i]! + (this.#bytes[id]?.length ?? 0)));
    return { ids, offsets };
  }

  isSpecial(id: number): boolean {
    return this.#special.has(id);
  }

  bytesOf(id: number): Uint8Array | undefined {
    return this.#bytes[id];
  }

  spelled(text: string): string {
    return this.#spelledSpaces(this.#plain.normalizer?.normalize(text) ?? text);
  }

  #spelledSpaces(text: string): string {
    return this.#spaces ? text.replaceAll(SPACE, ' ') : text;
  }

  idOf(token: string): number | undefined {
    return this.#ids.get(token);
  }
}

/** Without the added tokens beyond the rows of an embedding, which may stand in the vocabulary too. */
function withoutSpare({ added_tokens: all = [], ...file }: Published, rows: number): Published {
  const added = all.filter(({ id }) => id < rows);
  const spare = new Set(all.filter(({ id }) => id >= rows).map(({ content }) => content));
  const vocab = Object.entries(file.model.vocab).filter(([token]) => !spare.has(token));
  const model = spare.size ? { ...file.model, vocab: Object.fromEntries(vocab) } : file.model;
  return { ...file, model, added_tokens: added };
}

/**
 * The file as a model that our own byte-pair encoding runs to the same ids: bytes, GPT-2's split, digits apart or not,
 * nothing else.
 */
function ownModelOf(
  { added_tokens: added = [], normalizer, pre_tokenizer: split, model }: Published,
  endId: number,
): TokenizerModel | undefined {
  const steps = split?.type === 'Sequence' ? (split.pretokenizers ?? []) : [split ?? undefined];
  const bytes = steps.at(-1);
  const digits = steps.length === 2 && steps[0]?.type === 'Digits' && steps[0].individual_digits === true;
  const splits =
    bytes?.type === 'ByteLevel' &&
    bytes.add_prefix_space === false &&
    bytes.use_regex !== false &&
    (digits || steps.length === 1);
  const { dropout, byte_fallback: fallback, ignore_merges: whole, end_of_word_suffix: suffix } = model;
  const prefix = model.continuing_subword_prefix;
  const plain = ![normalizer, dropout, fallback, whole, suffix, prefix].some(Boolean);
  const verbatim = added.every(({ single_word: word, lstrip, rstrip }) => ![word, lstrip, rstrip].includes(true));
  if (!splits || !plain || !verbatim) return undefined;
  return bytePairModel(model, added, endId, digits);
}

/** Undefined where a byte or a merge has no token, or ids have gaps. */
function bytePairModel(
  { vocab: ids, merges: pairs = [] }: Model,
  added: readonly AddedToken[],
  endId: number,
  splitDigits: boolean,
): TokenizerModel | undefined {
  const vocab: string[] = [];
  for (const [token, id] of Object.entries(ids)) vocab[id] = token;
  for (const { content, id } of added) vocab[id] = content;
  const merges = pairs.map((pair): [number, number] => {
    const [left, right] = typeof pair === 'string' ? pair.split(' ') : pair;
    return [ids[left!] ?? -1, ids[right!] ?? -1];
  });
  const joined = merges.every(([left, right]) => left >= 0 && right >= 0 && vocab[left]! + vocab[right]! in ids);
  const whole = Object.keys(vocab).length === vocab.length && BYTE_SYMBOLS.every((symbol) => symbol in ids);
  if (!joined || !whole || !vocab[endId]) return undefined;
  const plain = added.map(({ id, content, special = false }) => ({ id, content, special }));
  return { kind: 'bpe', vocab, merges, added: plain, endId, splitDigits };
}

/** How a token of the vocabulary spells bytes, by the decoder that the file names. */
function spellingOf({ decoder, model }: Published, name: string): (token: string) => Uint8Array {
  const steps = flat(decoder ?? undefined, (d) => d.decoders).map(({ type }) => type);
  const utf8 = new TextEncoder();
  if (model.type !== undefined && model.type !== 'BPE') throw unsupported(name, 'model.type', model.type, 'BPE');
  if (steps.join() === 'ByteLevel') return bytesOfSymbols;
  if (steps.join() === 'Replace,ByteFallback,Fuse')
    return (token) => {
      const byte = /^<0x([0-9A-F]{2})>$/.exec(token);
      return byte ? Uint8Array.of(parseInt(byte[1]!, 16)) : utf8.encode(token.replaceAll(SPACE, ' '));
    };
  throw unsupported(name, 'decoder', steps.join(' + ') || 'null', 'ByteLevel, Replace + ByteFallback + Fuse');
}

const unsupported = (file: string, field: string, found: string, supported: string): AtelierError =>
  new AtelierError('tokenizer-unsupported', { file, field, found, supported });

/** The members of sequences within sequences, in order. */
const flat = <T>(value: T | undefined, parts: (value: T) => T[] | undefined): T[] =>
  value === undefined ? [] : (parts(value)?.flatMap((part) => flat(part, parts)) ?? [value]);

/** The token that the post-processor puts before a text. */
function beginOf(processor: PostProcessor | undefined): number | undefined {
  const template = flat(processor, (p) => p.processors).find(({ type }) => type === 'TemplateProcessing');
  const first = template?.single?.[0]?.['SpecialToken']?.id;
  return first === undefined ? undefined : template?.special_tokens?.[first]?.ids[0];
}

/** A tokenizer.json that was made elsewhere, run by @huggingface/tokenizers behind our interface. */
import { Tokenizer as Reference } from '@huggingface/tokenizers';
import { asAtelierError, AtelierError } from '../../base/errors/errors';
import { BYTE_SYMBOLS, type TokenizerModel } from '../../base/tokenizerModel';
import { AddedTokens, type PublishedToken, type FoundToken } from './addedTokens';
import { normalizerOf, sourceOf, sliced, type AlignedText } from './alignedText';
import { bytesOfSymbols } from './bytePairs';
import { OwnTokenizer } from './ownTokenizer';
import { addsPrefixSpace, preTokenizerOf, type Cut } from './preTokenizer';
import { patternOf, Tokenizer, type EncodeOptions, type PlacedTokens } from './tokenizer';
import { members, type TokenizerStep } from './tokenizerSteps';
import { placedTokens, type Spelling } from './tokenPlaces';

/** What tokenizers over characters write for a space. */
const SPACE = '▁';

/** Letters, a digit, marks, blanks and what is in few vocabularies. */
const SAMPLE = "It's 1 wörld,\n ▁漢\t  end ";

/** What of a tokenizer.json is read here; the library reads the rest. */
interface Published {
  added_tokens?: PublishedToken[];
  normalizer?: TokenizerStep | null;
  pre_tokenizer?: TokenizerStep | null;
  decoder?: TokenizerStep | null;
  post_processor?: PostProcessor | null;
  model: Model;
}
interface Model {
  type?: string;
  vocab: Record<string, number>;
  /** Pairs, or both spellings with a space between. */
  merges?: (string | [string, string])[];
  dropout?: number | null;
  byte_fallback?: boolean;
  unk_token?: string | null;
  fuse_unk?: boolean;
  ignore_merges?: boolean;
  continuing_subword_prefix?: string | null;
  end_of_word_suffix?: string | null;
}
interface PostProcessor {
  type: string;
  processors?: PostProcessor[];
  single?: Record<string, { id?: string }>[];
  special_tokens?: Record<string, { ids: number[] }>;
}

/** A part of a text: an added token, or what lies between two of them. */
type Piece = FoundToken | { value: AlignedText; first: boolean };

/**
 * A tokenizer as it was published: any tokenizer.json whose model is byte-pair encoding, over bytes (GPT-2, Llama 3,
 * Qwen) or over characters with bytes for what is in no token (Llama 2, Gemma). Ids come from our own byte-pair
 * encoding where the file is of a kind that it runs
 * (`npm run bench -- --tokenizer`: 13 times as fast for GPT-2's kind, 11 times for SmolLM2's, side by side), else the
 * merges are those of Hugging Face's library. How a text is cut, and where tokens stand in it, is ours.
 * @throws tokenizer-unsupported, tokenizer-broken
 */
export class PretrainedTokenizer extends Tokenizer {
  readonly vocabSize: number;
  readonly beginId: number | undefined;
  readonly specialPattern: RegExp | undefined;
  override readonly droppedBlanks: number;
  /** Gives the same ids, where it can. */
  readonly #own: OwnTokenizer | undefined;
  readonly #merges: (words: string[]) => string[];
  readonly #normalize: (value: AlignedText) => AlignedText;
  readonly #cut: Cut;
  readonly #added: Finders;
  /** Finds no special tokens. */
  readonly #addedPlain: Finders;
  readonly #bytes: (Uint8Array | undefined)[];
  readonly #special: ReadonlyMap<number, PublishedToken>;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #spelling: Spelling;
  /** Spaces are written as another character. */
  readonly #spaces: boolean;

  /**
   * @param rows of the model's embedding: an added token beyond them, as Gemma 3 has one for pictures, is none of this
   * model's.
   * @param newTokens among its special tokens
   */
  constructor(
    json: string,
    readonly endId: number,
    readonly name: string,
    rows = Infinity,
    override readonly newTokens: readonly string[] = [],
  ) {
    super();
    try {
      const published = withWords(withoutSpare(JSON.parse(json) as Published, rows), newTokens);
      const { added_tokens: added = [], model, normalizer, pre_tokenizer: cut } = published;
      const { bytesOf, dropped } = spellingOf(published, name);
      const own = ownModelOf(published, endId);
      this.#own = own && new OwnTokenizer(own);
      this.#merges = mergesOf(model);
      this.#normalize = normalizerOf(normalizer);
      this.#cut = preTokenizerOf(cut);
      const special = added.filter((token) => token.special);
      this.#added = findersOf(added, normalizer ? this.#normalize : undefined);
      this.#addedPlain = findersOf(
        added.filter((token) => !token.special),
        normalizer ? this.#normalize : undefined,
      );
      this.#special = new Map(special.map((token) => [token.id, token]));
      this.specialPattern = patternOf(special.map(({ content }) => content));
      this.#spaces = bytesOf !== bytesOfSymbols;
      this.droppedBlanks = dropped;
      this.#bytes = [];
      for (const [token, id] of Object.entries(model.vocab)) this.#bytes[id] = bytesOf(token);
      for (const { content, id } of added) this.#bytes[id] = new TextEncoder().encode(this.#spelledSpaces(content));
      this.#ids = new Map([...Object.entries(model.vocab), ...added.map((a) => [a.content, a.id] as const)]);
      this.vocabSize = this.#bytes.length;
      this.beginId = beginOf(published.post_processor ?? undefined);
      this.#spelling = {
        bytesOf: (id) => this.#bytes[id],
        addsBlanks: members(cut).some(addsPrefixSpace),
        ...lackingOf(model, !this.#spaces),
      };
      this.decode(this.encodeWithPlaces(SAMPLE).ids); // what is wrong with a step shows when it runs
    } catch (thrown) {
      throw brokenBy(thrown, name);
    }
  }

  encode(text: string, options: EncodeOptions = {}): Uint32Array {
    if (this.#own) return this.#own.encode(text, options);
    return Uint32Array.from(this.#pieces(text, options).flatMap((piece) => this.#idsOf(piece)));
  }

  encodeWithPlaces(text: string, options: EncodeOptions = {}): PlacedTokens {
    if (this.#own) return this.#own.encodeWithPlaces(text, options);
    const placed = this.#pieces(text, options).map((piece) => this.#placed(piece));
    const joined = (column: keyof PlacedTokens): Uint32Array =>
      Uint32Array.from(placed.flatMap((tokens) => Array.from(tokens[column])));
    return { ids: joined('ids'), starts: joined('starts'), ends: joined('ends') };
  }

  #placed(piece: Piece): PlacedTokens {
    const ids = Uint32Array.from(this.#idsOf(piece));
    if ('token' in piece) return { ids, starts: Uint32Array.of(piece.start), ends: Uint32Array.of(piece.end) };
    return placedTokens(ids, { ...piece.value, text: this.#spelledSpaces(piece.value.text) }, this.#spelling);
  }

  #idsOf(piece: Piece): number[] {
    if ('token' in piece) return [piece.token.id];
    const tokens = this.#merges(this.#cut(piece.value.text, piece.first));
    return tokens.map((token) => this.#ids.get(token) ?? this.#spelling.unknown?.id ?? 0);
  }

  /** First the added tokens that a text holds as it is, then those of what lies between, normalized. */
  #pieces(text: string, { special = true, continues = false }: EncodeOptions): Piece[] {
    const { plain, normalized } = special ? this.#added : this.#addedPlain;
    const whole: AlignedText = { text };
    const between = (value: AlignedText, start: number): Piece[] => {
      const rewritten = this.#normalize(value);
      return parted(rewritten, normalized.find(rewritten.text), (part, at) =>
        part.text ? [{ value: part, first: !continues && start === 0 && at === 0 }] : [],
      );
    };
    return parted(whole, plain.find(text), between);
  }

  isSpecial(id: number): boolean {
    return this.#special.has(id);
  }

  override takesBlanks(id: number): { before: boolean; behind: boolean } {
    const { lstrip = false, rstrip = false } = this.#special.get(id) ?? {};
    return { before: lstrip, behind: rstrip };
  }

  bytesOf(id: number): Uint8Array | undefined {
    return this.#bytes[id];
  }

  #spelledSpaces(text: string): string {
    return this.#spaces ? text.replaceAll(SPACE, ' ') : text;
  }

  idOf(token: string): number | undefined {
    return this.#ids.get(token);
  }
}

/** Whatever the library, or a field of another type, throws is about the file. */
function brokenBy(thrown: unknown, file: string): AtelierError {
  if (thrown instanceof AtelierError) return thrown;
  const detail = asAtelierError(thrown).facts['message'] ?? '';
  return new AtelierError('tokenizer-broken', { file, detail }, { cause: thrown });
}

/** The merges of a model, word by word; what is in no token becomes bytes, the unknown token or nothing. */
function mergesOf(model: Model): (words: string[]) => string[] {
  const steps = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
  const { model: merging } = new Reference(
    { ...steps, added_tokens: [], model: { merges: [], ...model, type: 'BPE' } },
    {},
  );
  if (!merging) throw new TypeError('no model');
  if (!leavesOut(model)) return (words) => merging._call(words);
  const known = (word: string): string => Array.from(word, (c) => (Object.hasOwn(model.vocab, c) ? c : '')).join('');
  return (words) => merging._call(words.map(known));
}

const leavesOut = ({ byte_fallback: fallback, unk_token: unknown }: Model): boolean =>
  fallback !== true && typeof unknown !== 'string';

/** What becomes of that which no token spells. */
function lackingOf(model: Model, overBytes: boolean): Pick<Spelling, 'unknown' | 'isLost'> {
  const { vocab, unk_token: unknown, fuse_unk: fused } = model;
  const id = typeof unknown === 'string' ? vocab[unknown] : undefined;
  if (id !== undefined) return { unknown: { id, each: fused ? 'run' : overBytes ? 'byte' : 'character' } };
  if (!leavesOut(model)) return {};
  const symbolOf = (character: string, byte: number): string =>
    overBytes ? BYTE_SYMBOLS[byte]! : character === ' ' ? SPACE : character;
  if (overBytes && BYTE_SYMBOLS.every((symbol) => symbol in vocab)) return {};
  return { isLost: (character, byte) => !Object.hasOwn(vocab, symbolOf(character, byte)) };
}

/** Finds added tokens in a text as it is, and others in the normalized text. */
interface Finders {
  plain: AddedTokens;
  normalized: AddedTokens;
}

function findersOf(tokens: readonly PublishedToken[], normalize?: (value: AlignedText) => AlignedText): Finders {
  const late = ({ normalized, special = false }: PublishedToken): boolean => !!normalize && (normalized ?? !special);
  return {
    plain: new AddedTokens(tokens.filter((token) => !late(token))),
    normalized: new AddedTokens(tokens.filter(late), (text) => normalize?.({ text }).text ?? text),
  };
}

/** Found tokens at their places in the first text, and what `between` makes of the parts between them. */
function parted(
  value: AlignedText,
  found: readonly FoundToken[],
  between: (part: AlignedText, at: number) => Piece[],
): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  const until = (end: number): void => {
    if (end > at) pieces.push(...between(at === 0 && end === value.text.length ? value : sliced(value, at, end), at));
  };
  for (const { token, start, end } of found) {
    until(start);
    pieces.push({ token, start: sourceOf(value, start), end: sourceOf(value, end) });
    at = end;
  }
  until(value.text.length);
  return pieces;
}

/** Without the added tokens beyond the rows of an embedding, which may stand in the vocabulary too. */
function withoutSpare({ added_tokens: all = [], ...file }: Published, rows: number): Published {
  const added = all.filter(({ id }) => id < rows);
  const spare = new Set(all.filter(({ id }) => id >= rows).map(({ content }) => content));
  const vocab = Object.entries(file.model.vocab).filter(([token]) => !spare.has(token));
  const model = spare.size ? { ...file.model, vocab: Object.fromEntries(vocab) } : file.model;
  return { ...file, model, added_tokens: added };
}

/** Tokens that any text may hold are not special here. */
function withWords({ added_tokens: added = [], ...file }: Published, words: readonly string[]): Published {
  const isWord = ({ content }: PublishedToken): boolean => words.includes(content);
  return { ...file, added_tokens: added.map((token) => (isWord(token) ? { ...token, special: false } : token)) };
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
  added: readonly PublishedToken[],
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

/** How a token of the vocabulary spells bytes, and the blanks dropped before a text, by the decoder of the file. */
function spellingOf(
  { decoder, model }: Published,
  name: string,
): { bytesOf: (token: string) => Uint8Array; dropped: number } {
  if (model.type !== undefined && model.type !== 'BPE') throw unsupported(name, 'model.type', model.type, 'BPE');
  const steps = members(decoder);
  const kinds = steps.map(({ type }) => type).join(' + ');
  if (kinds === 'ByteLevel') return { bytesOf: bytesOfSymbols, dropped: 0 };
  if (kinds === 'Metaspace') return { bytesOf: charactersOf, dropped: metaspaceBlanks(steps[0]!, name) };
  const [replace, , , strip] = steps;
  if (!/^Replace \+ ByteFallback \+ Fuse( \+ Strip)?$/.test(kinds))
    throw unsupported(name, 'decoder', kinds || 'null', DECODERS);
  const { pattern, content } = replace!;
  if (pattern?.String !== SPACE || content !== ' ')
    throw unsupported(name, 'decoder.pattern', JSON.stringify(pattern ?? null), `“${SPACE}” → “ ”`);
  if (strip && (strip.content !== ' ' || strip.stop))
    throw unsupported(name, 'decoder.content', JSON.stringify(strip), '{"content":" ","stop":0}');
  return { bytesOf: charactersOf, dropped: strip?.start ?? 0 };
}

const DECODERS = 'ByteLevel, Metaspace, Replace + ByteFallback + Fuse (+ Strip)';

function metaspaceBlanks(
  { replacement = SPACE, prepend_scheme: scheme, add_prefix_space: adds }: TokenizerStep,
  name: string,
): number {
  if (replacement !== SPACE) throw unsupported(name, 'decoder.replacement', String(replacement), SPACE);
  return scheme === 'never' || adds === false ? 0 : Infinity;
}

function charactersOf(token: string): Uint8Array {
  const byte = /^<0x([0-9A-F]{2})>$/.exec(token);
  return byte ? Uint8Array.of(parseInt(byte[1]!, 16)) : new TextEncoder().encode(token.replaceAll(SPACE, ' '));
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

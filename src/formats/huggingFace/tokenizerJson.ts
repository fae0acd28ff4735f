// Writes and reads the tokenizers that the studio makes, as Hugging Face's tokenizer.json and tokenizer_config.json.
import type { TemplateTokens } from '../../base/chat';
import { AtelierError, type ErrorFacts } from '../../base/errors/errors';
import {
  BYTE_OF_SYMBOL,
  END_TOKEN,
  UNKNOWN_TOKEN,
  type AddedToken,
  type TokenizerModel,
} from '../../base/tokenizerModel';
import { isObject, own, parseJson, shown, type JsonObject } from '../json';

/** Isolates every code point; read alike by Rust's and JavaScript's regular expressions. */
const EVERY_CHARACTER = '[\\s\\S]';
const BYTE_LEVEL = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };

/** The tokenizer as a Hugging Face tokenizer.json, which Python's and JavaScript's tokenizers load to the same ids. */
export function writeTokenizerJson(model: TokenizerModel): string {
  const characters = model.kind === 'characters';
  const split = { type: 'Split', pattern: { Regex: EVERY_CHARACTER }, behavior: 'Isolated', invert: false };
  return JSON.stringify({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: model.added.map(addedJson),
    normalizer: null,
    pre_tokenizer: characters ? split : byteLevelSplit(model),
    post_processor: null,
    decoder: characters ? { type: 'Fuse' } : BYTE_LEVEL,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: model.unkId === undefined ? null : model.vocab[model.unkId],
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(model.vocab.map((token, id) => [token, id])),
      merges: model.merges.map(([left, right]) => [model.vocab[left], model.vocab[right]]),
    },
  });
}

const byteLevelSplit = (model: TokenizerModel): unknown =>
  model.splitDigits
    ? { type: 'Sequence', pretokenizers: [{ type: 'Digits', individual_digits: true }, BYTE_LEVEL] }
    : BYTE_LEVEL;

const addedJson = ({ id, content, special }: AddedToken): unknown => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special,
});

/** tokenizer_config.json, with which `AutoTokenizer` knows the tokens that end, begin and fill. */
export function writeTokenizerConfig(model: TokenizerModel, contextLength: number): string {
  const end = model.vocab[model.endId];
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    model_max_length: contextLength,
    bos_token: end,
    eos_token: end,
    ...(model.unkId === undefined ? {} : { unk_token: model.vocab[model.unkId] }),
    add_bos_token: false,
    add_eos_token: false,
    clean_up_tokenization_spaces: false,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** The same for a tokenizer that was published: its own file says what it puts before a text. */
export function writePretrainedTokenizerConfig(
  { bos, eos, pad }: { bos?: string; eos: string; pad?: string },
  contextLength: number,
): string {
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    model_max_length: contextLength,
    ...(bos === undefined ? {} : { bos_token: bos }),
    eos_token: eos,
    ...(pad === undefined ? {} : { pad_token: pad }),
    clean_up_tokenization_spaces: false,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** Tokens by their names in a tokenizer_config.json: strings, or objects with `content`. */
export function namedTokens(configText: string, file: string): TemplateTokens {
  const config = parseJson(configText, file);
  const named = (['bos_token', 'eos_token', 'pad_token'] as const).flatMap((name) => {
    const token = isObject(config) ? own(config, name) : undefined;
    const content = isObject(token) ? own(token, 'content') : token;
    return typeof content === 'string' && content ? [[name, content] as const] : [];
  });
  return Object.fromEntries(named);
}

/**
 * Reads a tokenizer.json of a kind that we run: byte-level BPE with GPT-2's split (digits apart or not), or characters.
 * `end` is the token that ends a text, or its id, where that is not `<|endoftext|>`.
 * @throws json-*, tokenizer-unsupported with the field, tokenizer-broken, tokenizer-without-end
 */
export function readTokenizerJson(text: string, file: string, end: string | number = END_TOKEN): TokenizerModel {
  const source = new Source(parseJson(text, file), file);
  const model = source.part('model');
  source.only('model.type', own(model, 'type'), ['BPE'], 'BPE');
  source.only('model.dropout', own(model, 'dropout'), [0], 'null');
  source.only('model.byte_fallback', own(model, 'byte_fallback'), [false], 'false');
  source.only('model.ignore_merges', own(model, 'ignore_merges'), [false], 'false');
  source.only('model.continuing_subword_prefix', own(model, 'continuing_subword_prefix'), [''], 'null');
  source.only('model.end_of_word_suffix', own(model, 'end_of_word_suffix'), [''], 'null');
  source.only('normalizer', source.type('normalizer'), [], 'null');
  source.only('post_processor', source.type('post_processor'), ['ByteLevel'], 'null, ByteLevel');
  const added = readAdded(source);
  const vocab = readVocab(model, added, source);
  const ids = new Map(vocab.map((token, id) => [token, id]));
  const shape =
    source.type('decoder') === 'Fuse'
      ? characterShape(model, ids, source)
      : byteShape(model, vocab, ids, added, source);
  const endId = endIdOf(added, ids, typeof end === 'number' ? (vocab[end] ?? '') : end, file);
  return { vocab, added, endId, ...shape };
}

type Shape = Pick<TokenizerModel, 'kind' | 'merges' | 'unkId' | 'splitDigits'>;

class Source {
  readonly root: JsonObject;

  constructor(
    value: unknown,
    readonly file: string,
  ) {
    if (!isObject(value)) throw new AtelierError('tokenizer-broken', { file, detail: shown(value) });
    this.root = value;
  }

  part(field: string): JsonObject {
    const value = own(this.root, field);
    return isObject(value) ? value : this.broken('missing', { name: field });
  }

  type(field: string): unknown {
    const value = own(this.root, field);
    return isObject(value) ? (own(value, 'type') ?? '?') : (value ?? undefined);
  }

  only(field: string, found: unknown, allowed: readonly unknown[], supported: string): void {
    if (found !== undefined && found !== null && !allowed.includes(found)) this.refuse(field, found, supported);
  }

  refuse(field: string, found: unknown, supported: string): never {
    throw new AtelierError('tokenizer-unsupported', { file: this.file, field, found: shown(found), supported });
  }

  /** @param detail one of `DETAILS`, or the place and its value */
  broken(detail: string, facts: ErrorFacts = {}): never {
    throw new AtelierError('tokenizer-broken', { file: this.file, detail, ...facts });
  }
}

function readAdded(source: Source): AddedToken[] {
  const list = own(source.root, 'added_tokens') ?? [];
  if (!Array.isArray(list)) return source.broken('added_tokens');
  return list.map((entry: unknown, i) => {
    const token = isObject(entry) ? entry : source.broken(`added_tokens[${i}]`);
    const id = own(token, 'id');
    const content = own(token, 'content');
    if (!Number.isSafeInteger(id) || typeof content !== 'string' || !content)
      return source.broken(`added_tokens[${i}]`);
    for (const flag of ['lstrip', 'rstrip', 'single_word']) {
      source.only(`added_tokens[${i}].${flag}`, own(token, flag), [false], 'false');
    }
    return { id: id as number, content, special: own(token, 'special') === true };
  });
}

/** Tokens by id, without gap or double; an added token may stand in the vocabulary too, under the same id. */
function readVocab(model: JsonObject, added: readonly AddedToken[], source: Source): string[] {
  const listed = own(model, 'vocab');
  if (!isObject(listed)) return source.broken('missing', { name: 'model.vocab' });
  const entries = [...Object.entries(listed), ...added.map((a): [string, unknown] => [a.content, a.id])];
  const vocab: (string | undefined)[] = [];
  for (const [token, id] of entries) {
    if (!Number.isSafeInteger(id) || (id as number) < 0 || (id as number) >= entries.length) {
      return source.broken(`“${token}” → ${shown(id)}`);
    }
    const there = vocab[id as number];
    if (there !== undefined && there !== token) return source.broken(`id ${id as number}: “${there}”, “${token}”`);
    vocab[id as number] = token;
  }
  const whole = Array.from(vocab, (token, id) => token ?? source.broken('no-token', { found: id }));
  const seen = new Set<string>();
  const twice = whole.find((token) => seen.has(token) || !seen.add(token));
  if (twice !== undefined) return source.broken('two-ids', { name: twice });
  return whole;
}

function characterShape(model: JsonObject, ids: ReadonlyMap<string, number>, source: Source): Shape {
  const split = source.part('pre_tokenizer');
  source.only('pre_tokenizer', own(split, 'type'), ['Split'], 'Split');
  const pattern = own(split, 'pattern');
  const regex = isObject(pattern) ? own(pattern, 'Regex') : pattern;
  if (regex !== EVERY_CHARACTER) source.refuse('pre_tokenizer.pattern', regex, EVERY_CHARACTER);
  source.only('model.fuse_unk', own(model, 'fuse_unk'), [false], 'false');
  const merges = own(model, 'merges');
  if (!Array.isArray(merges) || merges.length) source.refuse('model.merges', merges, '[]');
  const unknown = own(model, 'unk_token');
  const unkId = typeof unknown === 'string' ? ids.get(unknown) : undefined;
  if (unkId === undefined) return source.broken(`unk_token: ${shown(unknown)} (${UNKNOWN_TOKEN})`);
  return { kind: 'characters', merges: [], unkId };
}

function byteShape(
  model: JsonObject,
  vocab: readonly string[],
  ids: ReadonlyMap<string, number>,
  added: readonly AddedToken[],
  source: Source,
): Shape {
  source.only('decoder', source.type('decoder') ?? 'null', ['ByteLevel'], 'ByteLevel, Fuse');
  const splitDigits = readSplit(source);
  for (const symbol of BYTE_OF_SYMBOL.keys()) if (!ids.has(symbol)) source.broken('no-byte', { name: symbol });
  const apart = new Set(added.map((a) => a.id));
  const odd = vocab.findIndex((token, id) => !apart.has(id) && !Array.from(token).every((c) => BYTE_OF_SYMBOL.has(c)));
  if (odd >= 0) source.broken('not-bytes', { name: vocab[odd]! });
  return { kind: 'bpe', merges: readMerges(model, ids, source), ...(splitDigits ? { splitDigits } : {}) };
}

/** True where each digit is cut off first (SmolLM2); refuses every other split than GPT-2's. */
function readSplit(source: Source): boolean {
  const supported = 'ByteLevel, Sequence[Digits, ByteLevel]';
  const outer = source.part('pre_tokenizer');
  const steps = own(outer, 'type') === 'Sequence' ? own(outer, 'pretokenizers') : [outer];
  if (!Array.isArray(steps) || !steps.every(isObject)) return source.broken('pre_tokenizer');
  const kinds = steps.map((s) => String(own(s, 'type'))).join(', ');
  if (kinds !== 'ByteLevel' && kinds !== 'Digits, ByteLevel') source.refuse('pre_tokenizer', kinds, supported);
  const bytes = steps.at(-1)!;
  source.only('pre_tokenizer.add_prefix_space', own(bytes, 'add_prefix_space') ?? true, [false], 'false');
  source.only('pre_tokenizer.use_regex', own(bytes, 'use_regex'), [true], 'true');
  if (steps.length === 1) return false;
  source.only('pre_tokenizer.individual_digits', own(steps[0]!, 'individual_digits') ?? false, [true], 'true');
  return true;
}

/** Merges are written `"a b"` or, since tokenizers 0.20, `["a", "b"]`. */
function readMerges(model: JsonObject, ids: ReadonlyMap<string, number>, source: Source): [number, number][] {
  const merges = own(model, 'merges');
  if (!Array.isArray(merges)) return source.broken('missing', { name: 'model.merges' });
  return merges.map((merge: unknown, i) => {
    const pair: unknown[] = typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? merge : [];
    const [left, right] = pair;
    if (pair.length !== 2 || typeof left !== 'string' || typeof right !== 'string') {
      return source.broken(`merges[${i}] = ${shown(merge)}`);
    }
    const a = ids.get(left);
    const b = ids.get(right);
    if (a === undefined || b === undefined || !ids.has(left + right)) {
      return source.broken('not-in-vocabulary', { name: `merges[${i}]`, found: shown(merge) });
    }
    return [a, b];
  });
}

function endIdOf(
  added: readonly AddedToken[],
  ids: ReadonlyMap<string, number>,
  endToken: string,
  file: string,
): number {
  const id = added.find((a) => a.content === endToken)?.id ?? ids.get(endToken);
  if (id === undefined) throw new AtelierError('tokenizer-without-end', { file, token: endToken });
  return id;
}

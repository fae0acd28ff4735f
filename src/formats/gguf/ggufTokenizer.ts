// A tokenizer as the keys of a GGUF file, and which tokenizers llama.cpp cannot run.
import { AtelierError } from '../../base/errors/errors';
import { Fields } from '../fields';
import type { GgufEntry } from './gguf';
import { LLAMA3_SPLIT, PRE_TOKENIZERS, QWEN2_SPLIT } from './opening/preTokenizers';
import { isObject, own, shown, type JsonObject } from '../json';

/** What stands beside a tokenizer.json. */
export interface TokenizerFacts {
  bosId?: number;
  eosId: number;
  /** Ends a turn, where that is another token than the one that ends a text. */
  eotId?: number;
  padId?: number;
  unkId?: number;
  /** Absent: as the tokenizer.json's template says. */
  addBos?: boolean;
  chatTemplate?: string;
}

/** Kinds of tokens in llama.cpp. */
export const KIND = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 };
/** Of tokens that no merge makes, in tokenizers that go by scores. */
const NEVER_MERGED = -1000;

/**
 * The keys of a tokenizer.json in a GGUF, for a model with `vocabSize` rows: rows without a token are `[PAD…]`, an
 * added token without a row is left out. Byte-level BPE goes by merges; BPE over characters with bytes to fall back on
 * (Gemma, Llama 2) goes by scores, the earlier merge the higher.
 * @throws json-*, gguf-tokenizer
 */
export function ggufTokenizer(json: string, vocabSize: number, facts: TokenizerFacts, file: string): GgufEntry[] {
  const source = Fields.parse(json, file);
  const model = source.part('model');
  if (model?.get('type') !== 'BPE') throw refusal(file, 'model.type', model?.get('type'), 'BPE');
  const scored = model.get('byte_fallback') === true;
  const pre = scored ? 'default' : (ownName(source, model) ?? splitOf(source));
  const merges = mergesOf(model, file);
  const { tokens, kinds } = tokensOf(source, model, vocabSize, scored);
  const id = (key: string, value: number | undefined): GgufEntry[] =>
    value === undefined ? [] : [[`tokenizer.ggml.${key}_token_id`, 'u32', value]];
  return [
    ['tokenizer.ggml.model', 'string', scored ? 'llama' : 'gpt2'],
    ['tokenizer.ggml.pre', 'string', pre],
    ['tokenizer.ggml.tokens', 'string[]', tokens],
    ...(scored ? [['tokenizer.ggml.scores', 'f32[]', scoresOf(tokens, merges)] satisfies GgufEntry] : []),
    ['tokenizer.ggml.token_type', 'i32[]', kinds],
    ...(scored ? [] : [['tokenizer.ggml.merges', 'string[]', merges.map((m) => m.join(' '))] satisfies GgufEntry]),
    ...id('bos', facts.bosId),
    ...id('eos', facts.eosId),
    ...id('eot', facts.eotId),
    ...id('unknown', facts.unkId),
    ...id('padding', facts.padId),
    ['tokenizer.ggml.add_bos_token', 'bool', facts.addBos ?? beginsWithToken(source)],
    ...(scored ? [['tokenizer.ggml.add_space_prefix', 'bool', addsSpace(source)] satisfies GgufEntry] : []),
    ...(facts.chatTemplate === undefined
      ? []
      : [['tokenizer.chat_template', 'string', facts.chatTemplate] satisfies GgufEntry]),
  ];
}

const refusal = (file: string, field: string, found: unknown, supported: string): AtelierError =>
  new AtelierError('gguf-tokenizer', { file, field, found: shown(found), supported });

/** The name of a cut whose steps came from a GGUF. */
function ownName(source: Fields, model: Fields): string | undefined {
  const steps = JSON.stringify([source.get('normalizer') ?? null, source.get('pre_tokenizer')]);
  const whole = model.get('ignore_merges') === true;
  const known = [...PRE_TOKENIZERS].find(
    ([, pre]) => pre.ignoresMerges === whole && JSON.stringify([pre.normalizer, pre.steps]) === steps,
  );
  return known?.[0];
}

/** llama.cpp knows the ways of cutting text before the merges by name. */
function splitOf(source: Fields): string {
  const outer = source.part('pre_tokenizer');
  const listed = outer?.get('type') === 'Sequence' ? outer.get('pretokenizers') : [outer?.object];
  const steps = Array.isArray(listed) ? listed.filter(isObject) : [];
  const kinds = steps.map((s) => String(own(s, 'type'))).join(', ');
  const whole = steps.length > 0 && own(steps.at(-1)!, 'use_regex') !== false;
  const normal = source.part('normalizer')?.get('type');
  const known =
    kinds === 'ByteLevel' && whole
      ? 'gpt-2'
      : kinds === 'Digits, ByteLevel' && whole
        ? 'smollm'
        : kinds === 'Split, ByteLevel' && !whole
          ? SPLITS.get(regexOf(steps[0]!))
          : undefined;
  if (known === undefined)
    throw refusal(source.file, 'pre_tokenizer', kinds, 'GPT-2, SmolLM2, Qwen2, Llama 3, Gemma 3');
  // Only Qwen's split composes characters first; elsewhere a normalizer would be lost.
  if (normal !== (known === 'qwen2' ? 'NFC' : undefined))
    throw refusal(source.file, 'normalizer', normal, known === 'qwen2' ? 'NFC' : 'null');
  return known;
}

const SPLITS: ReadonlyMap<unknown, string> = new Map([
  [QWEN2_SPLIT, 'qwen2'],
  [LLAMA3_SPLIT, 'llama-bpe'],
]);

function regexOf(split: JsonObject): unknown {
  const pattern = own(split, 'pattern');
  return isObject(pattern) ? own(pattern, 'Regex') : undefined;
}

/**
 * Whether a blank comes before each text between special tokens (Llama 2). llama.cpp knows no other place for it.
 * @throws gguf-tokenizer
 */
function addsSpace(source: Fields): boolean {
  const steps = (field: string, members: string): JsonObject[] => {
    const outer = source.part(field);
    const listed = outer?.get(members) ?? [outer?.object];
    return Array.isArray(listed) ? listed.filter(isObject) : [];
  };
  if (steps('normalizer', 'normalizers').some((step) => own(step, 'type') === 'Prepend')) return true;
  const cut = steps('pre_tokenizer', 'pretokenizers').find((step) => own(step, 'type') === 'Metaspace');
  const scheme = cut && (own(cut, 'prepend_scheme') ?? 'always');
  if (scheme === 'first') throw refusal(source.file, 'pre_tokenizer.prepend_scheme', scheme, 'always, never');
  return scheme === 'always';
}

/** Merges are written `"a b"` or, since tokenizers 0.20, `["a", "b"]`. */
function mergesOf(model: Fields, file: string): [string, string][] {
  const merges = model.get('merges');
  if (!Array.isArray(merges)) throw refusal(file, 'model.merges', merges, '[…]');
  return merges.map((merge: unknown) => {
    const pair: unknown[] = typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? merge : [];
    const [left, right] = pair;
    if (pair.length !== 2 || typeof left !== 'string' || typeof right !== 'string')
      throw refusal(file, 'model.merges', merge, '"a b"');
    return [left, right];
  });
}

/** Tokens and their kinds by id, as many as the embedding has rows. */
function tokensOf(
  source: Fields,
  model: Fields,
  vocabSize: number,
  scored: boolean,
): { tokens: string[]; kinds: number[] } {
  const tokens = Array.from({ length: vocabSize }, (_, i) => `[PAD${i}]`);
  const kinds = tokens.map(() => KIND.unused);
  const place = (token: string, id: unknown, kind: number): void => {
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) >= vocabSize)
      throw refusal(source.file, token, id, `0 … ${vocabSize - 1}`);
    tokens[id as number] = token;
    kinds[id as number] = kind;
  };
  const unknown = model.get('unk_token');
  const listed = source.get('added_tokens');
  const added = Array.isArray(listed) ? listed.filter(isObject) : [];
  const isSpare = (entry: JsonObject): boolean => Number(own(entry, 'id')) >= vocabSize;
  const spare = new Set(added.filter(isSpare).map((entry) => own(entry, 'content')));
  for (const [token, id] of Object.entries(model.part('vocab')?.object ?? {})) {
    if (spare.has(token)) continue;
    const byte = scored && /^<0x[0-9A-F]{2}>$/.test(token);
    place(token, id, byte ? KIND.byte : KIND.normal);
  }
  for (const entry of added.filter((each) => !isSpare(each))) {
    const content = String(own(entry, 'content'));
    const control = own(entry, 'special') === true || /^<\|.*\|>$/.test(content);
    const kind = content === unknown ? KIND.unknown : control ? KIND.control : KIND.userDefined;
    // llama.cpp takes these as they stand, finding and writing them: blanks must be blanks
    place(scored && kind === KIND.userDefined ? content.replaceAll('▁', ' ') : content, own(entry, 'id'), kind);
  }
  return { tokens, kinds };
}

/** Where several merges make one token, the first counts: it is the one that happens. */
function scoresOf(tokens: readonly string[], merges: readonly [string, string][]): number[] {
  const rank = new Map<string, number>();
  merges.forEach(([left, right], i) => rank.set(left + right, rank.get(left + right) ?? i));
  return tokens.map((token) => -(rank.get(token) ?? -NEVER_MERGED));
}

/** Whether the template of the tokenizer puts a token before the text. */
function beginsWithToken(source: Fields): boolean {
  const outer = source.part('post_processor');
  const listed = outer?.get('processors') ?? [outer?.object];
  const steps = Array.isArray(listed) ? listed.filter(isObject) : [];
  return steps.some((step) => {
    const single = own(step, 'single');
    const first: unknown = Array.isArray(single) ? single[0] : undefined;
    return isObject(first) && own(first, 'SpecialToken') !== undefined;
  });
}

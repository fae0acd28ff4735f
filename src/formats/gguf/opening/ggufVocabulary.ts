// The tokenizer in a GGUF's keys as a tokenizer.json, with the facts that stand beside one.
import type { TemplateTokens } from '../../../base/chat';
import { AtelierError } from '../../../base/errors/errors';
import type { Notice } from '../../../base/records/model';
import { KIND } from '../ggufTokenizer';
import type { GgufValue } from '../ggufReading';
import { GgufFields } from './ggufFields';
import { mergesByScore, type VocabularyToken } from './mergesByScore';
import { PRE_TOKENIZERS, type PreTokenizer } from './preTokenizers';

export interface GgufVocabulary {
  json: string;
  endTokenIds: number[];
  bosTokenId: number | undefined;
  padTokenId: number | undefined;
  templateTokens: TemplateTokens;
  chatTemplate: string | undefined;
  notices: Notice[];
}

/** Tokens that end a reply in llama.cpp by their text alone, whichever keys a file has. */
const ENDS = new Set([
  ...['<|eot_id|>', '<|im_end|>', '<|end|>', '<end_of_turn>', '<|endoftext|>', '<|eom_id|>', '<EOT>', '_<EOT>'],
  ...['[EOT]', '[EOS]', '<|end_of_text|>', '<end_of_utterance>'],
]);

/**
 * @throws gguf-unsupported, gguf-broken, gguf-pre
 */
export function readGgufVocabulary(metadata: ReadonlyMap<string, GgufValue>, file: string): GgufVocabulary {
  const f = new GgufFields(metadata, file, 'tokenizer.ggml.');
  const model = f.text('model');
  if (model !== 'gpt2' && model !== 'llama') return f.refuse('model', model, 'gpt2, llama');
  const tokens = tokensOf(f);
  const id = (key: string): number | undefined => f.id(`${key}_token_id`, tokens.length);
  const [bos, eos, unknown, pad] = [id('bos'), id('eos'), id('unknown'), id('padding')];
  const { parts, addsBegin, notices } = model === 'gpt2' ? overBytes(f, tokens) : overCharacters(f, tokens, unknown);
  const begins = bos !== undefined && f.flag('add_bos_token', addsBegin);
  const byText = tokens.flatMap(({ text, kind }, i) => (kind !== KIND.normal && ENDS.has(text) ? [i] : []));
  const named = [eos, id('eot'), id('eom'), ...byText].filter((end) => end !== undefined);
  const textOf = (token: number | undefined): string | undefined =>
    token === undefined ? undefined : tokens[token]!.text;
  const called = { bos_token: textOf(bos), eos_token: textOf(eos), pad_token: textOf(pad) };
  return {
    json: JSON.stringify({
      ...{ version: '1.0', truncation: null, padding: null, added_tokens: addedTokens(tokens) },
      ...parts,
      post_processor: begins ? beginning(bos, tokens[bos]!.text) : null,
    }),
    endTokenIds: [...new Set(named)],
    bosTokenId: bos,
    padTokenId: pad,
    templateTokens: Object.fromEntries(Object.entries(called).filter(([, text]) => text)),
    chatTemplate: templateIn(metadata),
    notices,
  };
}

/** The template of conversations; of several that are named, `default`. */
function templateIn(metadata: ReadonlyMap<string, GgufValue>): string | undefined {
  const found = metadata.get('tokenizer.chat_template') ?? metadata.get('tokenizer.chat_template.default');
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** Of the tokens, each a text of its own, as llama.cpp asks. */
function tokensOf(f: GgufFields): VocabularyToken[] {
  const texts = f.texts('tokens');
  const kinds = f.numbers('token_type', texts.length);
  const seen = new Set<string>();
  return texts.map((given, i) => {
    const text = given === '' ? `[EMPTY_${i}]` : given;
    if (seen.has(text)) throw new AtelierError('gguf-broken', { file: f.file, detail: 'twice', name: text });
    seen.add(text);
    return { text, kind: kinds?.[i] ?? KIND.normal };
  });
}

/** Rows of the embedding that no token has are filled by converters. */
const isFilling = ({ text, kind }: VocabularyToken): boolean => kind === KIND.unused && /^\[PAD\d+\]$/.test(text);

const vocabOf = (tokens: readonly VocabularyToken[]): Record<string, number> =>
  Object.fromEntries(tokens.flatMap((token, id) => (isFilling(token) ? [] : [[token.text, id]])));

/** Tokens that are found in a text as they are, before it is cut. */
const addedTokens = (tokens: readonly VocabularyToken[]): unknown[] =>
  tokens.flatMap(({ text: content, kind }, id) => {
    const special = kind === KIND.control || kind === KIND.unknown;
    if (!special && kind !== KIND.userDefined) return [];
    return [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special }];
  });

interface Parts {
  parts: { normalizer: unknown; pre_tokenizer: unknown; decoder: unknown; model: unknown };
  addsBegin: boolean;
  notices: Notice[];
}

const MODEL = {
  type: 'BPE',
  dropout: null,
  unk_token: null,
  continuing_subword_prefix: null,
  end_of_word_suffix: null,
  fuse_unk: false,
  byte_fallback: false,
  ignore_merges: false,
};

function overBytes(f: GgufFields, tokens: readonly VocabularyToken[]): Parts {
  const named = f.text('pre');
  const pre = preOf(f, named ?? 'default');
  const notices = named === undefined ? [{ code: 'gguf-pre-missing', facts: { file: f.file } }] : [];
  // a blank divides the two: the first may begin with none, since byte-level BPE spells blanks otherwise
  const merges = f.texts('merges').map((merge) => {
    const at = merge.indexOf(' ', 1);
    return [merge.slice(0, at), merge.slice(at + 1)];
  });
  const vocab = vocabOf(tokens);
  return {
    parts: {
      normalizer: pre.normalizer,
      pre_tokenizer: pre.steps,
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: { ...MODEL, ignore_merges: pre.ignoresMerges, vocab, merges },
    },
    addsBegin: pre.addsBegin,
    notices,
  };
}

function preOf({ file }: GgufFields, name: string): PreTokenizer {
  const known = PRE_TOKENIZERS.get(name);
  if (known) return known;
  throw new AtelierError('gguf-pre', { file, found: name, supported: [...PRE_TOKENIZERS.keys()].join(', ') });
}

/** UTF-16 units of a word: all ways to part it in two are looked at. */
const LONGEST_WORD = 256;

function checkWords(f: GgufFields, tokens: readonly VocabularyToken[]): void {
  for (const [id, { text, kind }] of tokens.entries())
    if (kind === KIND.normal && text.length > LONGEST_WORD)
      f.refuse(`tokens[${id}].length`, text.length, `1 … ${LONGEST_WORD}`);
}

/** What tokenizers over characters write for a blank. */
const BLANK = '▁';

function overCharacters(f: GgufFields, tokens: readonly VocabularyToken[], unknown: number | undefined): Parts {
  const scores = f.numbers('scores', tokens.length) ?? f.refuse('scores', undefined, `[…] × ${tokens.length}`);
  checkWords(f, tokens);
  const adds = f.flag('add_space_prefix', true);
  const blanks = { type: 'Replace', pattern: { String: ' ' }, content: BLANK };
  const back = [
    { type: 'Replace', pattern: { String: BLANK }, content: ' ' },
    { type: 'ByteFallback' },
    { type: 'Fuse' },
  ];
  const strip = { type: 'Strip', content: ' ', start: 1, stop: 0 };
  return {
    parts: {
      normalizer: adds ? { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: BLANK }, blanks] } : blanks,
      pre_tokenizer: null,
      decoder: { type: 'Sequence', decoders: adds ? [...back, strip] : back },
      model: {
        ...MODEL,
        unk_token: unknown === undefined ? null : tokens[unknown]!.text,
        fuse_unk: true,
        byte_fallback: true,
        vocab: vocabOf(tokens),
        merges: mergesByScore(tokens, scores),
      },
    },
    addsBegin: true,
    notices: [],
  };
}

/** A text begins with this token. */
const beginning = (id: number, text: string): unknown => {
  const begin = { SpecialToken: { id: text, type_id: 0 } };
  const sequence = (name: string, type: number): unknown => ({ Sequence: { id: name, type_id: type } });
  return {
    type: 'TemplateProcessing',
    single: [begin, sequence('A', 0)],
    pair: [begin, sequence('A', 0), sequence('B', 1)],
    special_tokens: { [text]: { id: text, ids: [id], tokens: [text] } },
  };
};

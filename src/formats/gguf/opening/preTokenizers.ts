// How llama.cpp cuts a text before byte-pair merges, by the name that a GGUF gives: as the steps of a tokenizer.json,
// in the expressions that the models were published with.
// https://github.com/ggml-org/llama.cpp/blob/master/src/llama-vocab.cpp

/** What a name stands for. */
export interface PreTokenizer {
  normalizer: unknown;
  steps: unknown;
  /** A word that is a token whole is not merged. */
  ignoresMerges: boolean;
  /** A text begins with the begin token, where no key says otherwise. */
  addsBegin: boolean;
}

const split = (Regex: string): unknown => ({ type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false });
const byteLevel = (use_regex: boolean): unknown => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex,
});
const sequence = (...pretokenizers: unknown[]): unknown => ({ type: 'Sequence', pretokenizers });

const ENDINGS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const UPPER = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
const LOWER = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';
const LEAD = '[^\\r\\n\\p{L}\\p{N}]?';
const BLANKS = '\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
const cased = (ending: string): string => `${LEAD}${UPPER}*${LOWER}+${ending}|${LEAD}${UPPER}+${LOWER}*${ending}`;

export const QWEN2_SPLIT = `${ENDINGS}|${LEAD}\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|${BLANKS}`;
export const LLAMA3_SPLIT = QWEN2_SPLIT.replace('|\\p{N}|', '|\\p{N}{1,3}|');
const QWEN35_SPLIT = `${ENDINGS}|${LEAD}[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|${BLANKS}`;
const TEKKEN_SPLIT = `${cased('')}|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|${BLANKS}`;
const GPT4O_SPLIT = `${cased(`${ENDINGS}?`)}|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|${BLANKS}`;
const GPT2_SPLIT = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

const PLAIN = { normalizer: null, ignoresMerges: false, addsBegin: false };
const bySplits = (...patterns: string[]): PreTokenizer => ({
  ...PLAIN,
  steps: sequence(...patterns.map(split), byteLevel(false)),
});

const GPT2: PreTokenizer = { ...PLAIN, steps: byteLevel(true) };
const DIGITS: PreTokenizer = {
  ...PLAIN,
  steps: sequence({ type: 'Digits', individual_digits: true }, byteLevel(true)),
};
const LLAMA3: PreTokenizer = { ...bySplits(LLAMA3_SPLIT), ignoresMerges: true, addsBegin: true };
/** The published tokenizers compose characters first, which llama.cpp leaves out. */
const QWEN2: PreTokenizer = { ...bySplits(QWEN2_SPLIT), normalizer: { type: 'NFC' } };

const named = (names: string, pre: PreTokenizer): [string, PreTokenizer][] => names.split(' ').map((n) => [n, pre]);

/** What `tokenizer.ggml.pre` may be. */
export const PRE_TOKENIZERS: ReadonlyMap<string, PreTokenizer> = new Map([
  ...named('gpt-2 phi-2 mpt olmo jais trillion granite-docling exaone4 gigachat a.x-4.0 mellum', GPT2),
  ...named('smollm starcoder refact command-r codeshell exaone minerva-7b mellum2', DIGITS),
  ...named('llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2', LLAMA3),
  ...named('dbrx smaug-bpe chatglm-bpe', bySplits(LLAMA3_SPLIT)),
  ...named('glm4 glm5', { ...bySplits(LLAMA3_SPLIT), ignoresMerges: true }),
  ...named('qwen2 deepseek-r1-qwen kormo f2llmv2 megrez', QWEN2),
  ...named('stablelm2 hunyuan solar-open grok-2', bySplits(QWEN2_SPLIT)),
  ...named('qwen35', { ...bySplits(QWEN35_SPLIT), normalizer: { type: 'NFC' } }),
  ...named('tekken', { ...bySplits(TEKKEN_SPLIT), ignoresMerges: true, addsBegin: true }),
  ...named('gpt-4o llama4 kanana2', bySplits(GPT4O_SPLIT)),
  ...named('default', bySplits('[\\p{P}\\$\\+<=>\\^~\\|]+', GPT2_SPLIT, '\\p{N}+', '[0-9][0-9][0-9]')),
  ...named('falcon', bySplits('[\\p{P}\\$\\+<=>\\^~\\|`]+', GPT2_SPLIT, '[0-9][0-9][0-9]')),
]);

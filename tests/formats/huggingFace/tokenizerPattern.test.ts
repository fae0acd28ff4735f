import { describe, expect, test } from 'vitest';
import { readsOnce } from '../../../src/formats/huggingFace/tokenizerPattern';

const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const WORDS_AND_BLANKS = '[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|';
const REST = ' ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
const UPPER = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
const LOWER = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';
const NO_LETTER = '[^\\r\\n\\p{L}\\p{N}]?';

/** As models are published with them. */
const PUBLISHED = {
  'GPT-2': "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
  'Qwen 2': `${CONTRACTIONS}|${WORDS_AND_BLANKS}\\p{N}|${REST}`,
  'Llama 3': `${CONTRACTIONS}|${WORDS_AND_BLANKS}\\p{N}{1,3}|${REST}`,
  'GPT-4': `'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+`,
  'GPT-4o': [
    `${NO_LETTER}${UPPER}*${LOWER}+${CONTRACTIONS}?`,
    `${NO_LETTER}${UPPER}+${LOWER}*${CONTRACTIONS}?`,
    '\\p{N}{1,3}',
    ' ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*',
    '\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+',
  ].join('|'),
  'Mistral Nemo': [
    `${NO_LETTER}${UPPER}*${LOWER}+`,
    `${NO_LETTER}${UPPER}+${LOWER}*`,
    '\\p{N}',
    ' ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*',
    '\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+',
  ].join('|'),
  'DeepSeek V3': `[!"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_\`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
  'DeepSeek V3, Chinese': '[一-龥぀-ゟ゠-ヿ]+',
  ours: '[\\s\\S]',
};
/** Texts that make an expression go back as far as it can. */
const TEXTS = [' ', 'a', 'A', '\n', '\t ', "'", '1', '漢', '!', 'aA', 'a ', '\u0301'].map((part) =>
  part.repeat(200_000 / part.length),
);

describe('patterns of published tokenizers', () => {
  test.each(Object.entries(PUBLISHED))('of %s are run', (_name, pattern) => {
    expect(readsOnce(pattern)).toBe(true);
  });

  test.each(Object.entries(PUBLISHED))('of %s end on whatever text', (name, pattern) => {
    // JavaScript has no (?i:…) everywhere, and no possessive signs
    const js = new RegExp(pattern.replaceAll('(?i:', '(?:').replaceAll('?+', '?').replaceAll('++', '+'), 'gu');
    for (const text of TEXTS) {
      let read = 0;
      for (const [found] of text.matchAll(js)) read += found.length;
      // DeepSeek cuts digits and Chinese off by patterns of their own
      expect(name.startsWith('DeepSeek') ? [0, text.length] : [text.length]).toContain(read);
    }
  });
});

test.each([
  '(a+)+$',
  '(\\s|\\s)*x',
  '([^x]+)*y',
  '.*.*.*z',
  '(?=(\\w+))\\1b',
  '(x+x+)+y',
  '\\p{L}+\\p{L}+1',
  '(?:a|aa)+',
  '[^x]*x',
  'a{1,60000}b',
  'a{2,}b',
  '(?<=a+)b',
  '\\s*\\s*\\S',
  '\\s+(?!a)',
  'a*(?=b)',
  '(',
  '[',
  'a||b',
  '',
  'x'.repeat(5000),
  'a+|(b*)*',
  '[[a]]+',
  '(?R)',
  '\\g<1>',
  '(?>a+)b',
  'a+?b',
])('%s is not', (pattern) => {
  expect(readsOnce(pattern)).toBe(false);
});

// what repeats up to a bound may be read in as many ways as the bounds multiply to
const OPTIONAL = 'a?';
test.each([
  `${OPTIONAL.repeat(60)}b`,
  `${OPTIONAL.repeat(12)}b`,
  `${'a{0,60}'.repeat(3)}b`,
  `${'a{0,60}'.repeat(2)}b`,
  `${'a{0,60}'.repeat(3)}b+`,
  `${'a{1,4}'.repeat(6)}[^a]`,
  `${'[a-z]?'.repeat(20)}1`,
  `${'\\p{L}{0,9}'.repeat(4)}1`,
  `${'(?:a|ab)?'.repeat(30)}c`,
  `${'(?:a|a)'.repeat(30)}c`,
  `${'(?i:a|b|c)'.repeat(8)}d`,
  `${'a??'.repeat(30)}b`,
  `x|y|${OPTIONAL.repeat(30)}b`,
  `\\s+|${'\\s{0,8}'.repeat(5)}x`,
  // many alternatives that are each below the bound
  Array.from({ length: 40 }, () => 'a{0,30}a{0,4}b').join('|'),
  // a text of the least length is looked at from every place
  'a{60000,}',
  'a{65,}b?',
  'a{64}'.repeat(40),
  // braces that Oniguruma repeats once more
  'a{1,60}+b',
  'a{2}*b',
  'a{2}+',
  'a{5,2}',
  // groups within groups, looks ahead and back, references
  '((a?)?)?b',
  '(?:a{0,9}){0,9}b',
  '(?:a|(?:b|a)+)c',
  '(?=a*)b',
  '(?!a{0,60}b)a',
  '(?<!a+)b',
  '(a|b)\\1',
  '\\ba+',
  'a+$',
  '^a?',
])('%s, read in too many ways, is not', (pattern) => {
  expect(readsOnce(pattern)).toBe(false);
});

test.each([
  'a{0,60}b',
  `${OPTIONAL.repeat(6)}b`,
  'a{1,3}b{1,3}c+d*',
  `b+${OPTIONAL.repeat(60)}`,
  `(?:'s|'t|'re)?\\p{L}+`,
  'a{64}',
  'a{2,}?b?',
])('%s, read in few, is', (pattern) => {
  expect(readsOnce(pattern)).toBe(true);
});

// each begins again at every character of a run, unless what comes next takes the run whole
const GIVES_BACK = ['\\s*[\\r\\n]+', '\\s*[\\r\\n]', '\\s+$', `${NO_LETTER}${UPPER}*${LOWER}+`];
test.each([
  ...GIVES_BACK,
  ...GIVES_BACK.map((part) => `${part}|\\s`),
  ...GIVES_BACK.map((part) => `\\s+|\\s+(?!\\S)|${part}`),
  '\\s*[\\r\\n]+|\\t|\\s+',
  '\\s*[\\r\\n]+|[ab]|\\s+(?!\\S)',
  `${NO_LETTER}${UPPER}*${LOWER}+|${UPPER}|${NO_LETTER}${UPPER}+${LOWER}*`,
  `${NO_LETTER}${UPPER}*${LOWER}+|${NO_LETTER}${UPPER}+`,
  `${NO_LETTER}${UPPER}*${LOWER}+|\\s+`,
])('%s, which gives back what nothing takes, is not', (pattern) => {
  expect(readsOnce(pattern)).toBe(false);
});

test.each(['\\s*[\\r\\n]+|\\s+', '\\s++$|\\s*[\\r\\n]|\\s+(?!\\S)|\\s', '\\s+(?!\\S)'])(
  '%s, which gives back what the next part takes, is',
  (pattern) => {
    expect(readsOnce(pattern)).toBe(true);
  },
);

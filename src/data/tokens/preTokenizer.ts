// How a tokenizer.json cuts a text into the words that its merges never cross, as the reference does in Rust:
// characters are blank, numeric or punctuation by Unicode, where JavaScript's classes differ.
import { SplitPreTokenizer } from '@huggingface/tokenizers';
import { BYTE_SYMBOLS } from '../../base/tokenizerModel';
import { forEachWord } from './pretokenize';
import { members, type SplitBehavior, type TokenizerStep } from './tokenizerSteps';

/** Cuts a text. `first`: it begins the whole. */
export type Cut = (text: string, first: boolean) => string[];

/**
 * All steps of a pre-tokenizer, one after the other.
 * @throws Error for a step that is not known
 */
export function preTokenizerOf(step: TokenizerStep | null | undefined): Cut {
  const cuts = members(step).map(cutOf);
  return (text, first) => cuts.reduce((words, cut) => words.flatMap((word, i) => cut(word, first && i === 0)), [text]);
}

/** Whether a step may put a blank before a word. */
export const addsPrefixSpace = ({ type, add_prefix_space: adds = true }: TokenizerStep): boolean =>
  type === 'Metaspace' || (type === 'ByteLevel' && adds);

const BLANK = /\p{White_Space}/gu;
const NUMERIC = /\p{N}/gu;
const PUNCTUATION = /[\p{P}!-/:-@[-`{-~]/gu;
const WORDS =
  /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}\p{White_Space}]+/gu;

const CUTS: Record<string, (step: TokenizerStep) => Cut> = {
  ByteLevel: byteLevel,
  Metaspace: metaspace,
  Whitespace: () => (text) => text.match(WORDS) ?? [],
  WhitespaceSplit: () => splitting(BLANK, 'Removed'),
  Punctuation: ({ behavior = 'Isolated' }) => splitting(PUNCTUATION, behavior),
  BertPreTokenizer: () => (text, first) =>
    splitting(BLANK, 'Removed')(text, first).flatMap((word) => splitting(PUNCTUATION, 'Isolated')(word, false)),
  Digits: ({ individual_digits: individual }) => splitting(NUMERIC, individual ? 'Isolated' : 'Contiguous'),
  Split: splitStep,
  CharDelimiterSplit: ({ delimiter = '' }) => splitting(patternOf({ String: delimiter }), 'Removed'),
  FixedLength: ({ length = 5 }) => {
    const pieces = new RegExp(`[\\s\\S]{1,${length}}`, 'gu');
    return (text) => text.match(pieces) ?? [];
  },
};

function cutOf(step: TokenizerStep): Cut {
  const cut = Object.hasOwn(CUTS, step.type) ? CUTS[step.type] : undefined;
  if (!cut) throw new Error(`pre_tokenizer: ${step.type}`);
  return cut(step);
}

/** The library translates Rust's expressions. */
function patternOf(pattern: NonNullable<TokenizerStep['pattern']>): RegExp {
  const { pattern: found } = new SplitPreTokenizer({
    type: 'Split',
    pattern: pattern,
    behavior: 'Isolated',
    invert: true,
  });
  if (!found) throw new Error('pre_tokenizer: no pattern');
  return found;
}

function splitStep({ pattern = {}, behavior = 'Isolated', invert = false }: TokenizerStep): Cut {
  return splitting(patternOf(pattern), behavior, invert);
}

interface Part {
  text: string;
  matches: boolean;
}

/** https://docs.rs/tokenizers/latest/tokenizers/tokenizer/enum.SplitDelimiterBehavior.html */
function splitting(pattern: RegExp, behavior: SplitBehavior, invert = false): Cut {
  const join = JOINS[behavior];
  return (text) => {
    const parts: Part[] = [];
    let at = 0;
    const add = (end: number, matches: boolean): void => {
      if (end > at) parts.push({ text: text.slice(at, end), matches: matches !== invert });
      at = Math.max(at, end);
    };
    for (const { 0: found, index } of text.matchAll(pattern)) {
      add(index, false);
      add(index + found.length, true);
    }
    add(text.length, false);
    return join(parts);
  };
}

const textOf = ({ text }: Part): string => text;

const JOINS: Record<SplitBehavior, (parts: Part[]) => string[]> = {
  Isolated: (parts) => parts.map(textOf),
  Removed: (parts) => parts.filter(({ matches }) => !matches).map(textOf),
  Contiguous: (parts) => joined(parts, (part, before) => part.matches === before.matches),
  MergedWithPrevious: (parts) => joined(parts, (part, before) => part.matches && !before.matches),
  MergedWithNext: (parts) => joined(parts, (part, before) => before.matches && !part.matches),
};

/** Parts, some joined to the one before. */
function joined(parts: Part[], joins: (part: Part, before: Part) => boolean): string[] {
  const words: string[] = [];
  parts.forEach((part, i) => {
    if (i > 0 && joins(part, parts[i - 1]!)) words.push(words.pop()! + part.text);
    else words.push(part.text);
  });
  return words;
}

function byteLevel(step: TokenizerStep): Cut {
  const adds = addsPrefixSpace(step);
  const utf8 = new TextEncoder();
  const symbols = (word: string): string => Array.from(utf8.encode(word), (byte) => BYTE_SYMBOLS[byte]!).join('');
  return (given) => {
    const text = adds && !given.startsWith(' ') ? ` ${given}` : given;
    if (step.use_regex === false) return [symbols(text)];
    const words: string[] = [];
    forEachWord(text, false, (word) => words.push(symbols(word)));
    return words;
  };
}

/** https://docs.rs/tokenizers/latest/tokenizers/pre_tokenizers/metaspace/struct.Metaspace.html */
function metaspace({ replacement = '▁', add_prefix_space: adds, prepend_scheme, split = true }: TokenizerStep): Cut {
  if (typeof replacement !== 'string' || replacement.length !== 1)
    throw new Error(`pre_tokenizer.replacement: ${JSON.stringify(replacement)}`);
  const scheme = prepend_scheme ?? (adds === false ? 'never' : 'always');
  return (given, first) => {
    const replaced = given.replaceAll(' ', replacement);
    const begins = replaced.startsWith(replacement) || scheme === 'never' || (scheme === 'first' && !first);
    const text = begins ? replaced : replacement + replaced;
    return split ? splitBefore(text, replacement) : [text];
  };
}

function splitBefore(text: string, mark: string): string[] {
  const words: string[] = [];
  let from = 0;
  for (let at = text.indexOf(mark, 1); at > from; at = text.indexOf(mark, at + 1)) {
    words.push(text.slice(from, at));
    from = at;
  }
  return [...words, text.slice(from)];
}

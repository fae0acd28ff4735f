import { AtelierError } from '../base/errors/errors';
import type { AddedEntry } from './addedTokens';

/** A normaliser, pre-tokenizer or post-processor of a tokenizer.json; only the fields that are looked at here. */
export interface Part {
  type?: string;
  normalizers?: Part[];
  pretokenizers?: Part[];
  processors?: Part[];
  pattern?: { Regex?: string; String?: string };
  behavior?: string;
  invert?: boolean;
  individual_digits?: boolean;
  use_regex?: boolean;
  add_prefix_space?: boolean;
  single?: { SpecialToken?: { id: string }; Sequence?: unknown }[];
}

interface Source {
  model: Part & { byte_fallback?: boolean };
  normalizer?: Part | null;
  pre_tokenizer?: Part | null;
  post_processor?: Part | null;
  added_tokens?: AddedEntry[];
}

export interface TokenizerFile {
  source: Source;
  added: AddedEntry[];
  /** Its tokens are bytes in GPT-2's alphabet; otherwise characters, and bytes where a character is unknown. */
  byteLevel: boolean;
}

const GPT2_SPLIT = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
const NORMALIZERS = ['NFC', 'NFD', 'NFKC', 'NFKD', 'Replace', 'Lowercase', 'Sequence'];
const SPLITS = ['ByteLevel', 'Digits', 'Split', 'Sequence'];

/**
 * A tokenizer.json in words that the JavaScript library reads as the Rust one does: its digits are ASCII's alone and its
 * white space is JavaScript's (without U+0085, with U+FEFF). Errors: tokenizer-broken, tokenizer-unsupported.
 */
export function faithful(json: string, file: string): TokenizerFile {
  const source = parsed(json, file);
  const refuse = (field: string, found: unknown, supported: string): never => {
    throw new AtelierError('tokenizer-unsupported', { file, field, found: String(found), supported });
  };
  if (source.model.type !== 'BPE') refuse('model.type', source.model.type, 'BPE');
  for (const { type } of flat(source.normalizer, 'normalizers'))
    if (!NORMALIZERS.includes(type ?? '')) refuse('normalizer', type, NORMALIZERS.join(', '));
  const splits = flat(source.pre_tokenizer, 'pretokenizers');
  for (const { type, add_prefix_space } of splits) {
    if (!SPLITS.includes(type ?? '')) refuse('pre_tokenizer', type, SPLITS.join(', '));
    if (add_prefix_space) refuse('pre_tokenizer.add_prefix_space', true, 'false');
  }
  const byteLevel = splits.some((split) => split.type === 'ByteLevel');
  if (!byteLevel && !source.model.byte_fallback) refuse('pre_tokenizer', 'no ByteLevel', 'ByteLevel, byte_fallback');
  const pretokenizers = splits.flatMap(splitsAlike);
  const pre_tokenizer = pretokenizers.length ? { type: 'Sequence', pretokenizers } : null;
  return { source: { ...source, pre_tokenizer }, added: source.added_tokens ?? [], byteLevel };
}

function parsed(json: string, file: string): Source {
  try {
    const source = JSON.parse(json) as Source;
    if (typeof source.model === 'object') return source;
  } catch (error) {
    throw new AtelierError('tokenizer-broken', { file, detail: String(error) }, { cause: error });
  }
  throw new AtelierError('tokenizer-broken', { file, detail: 'model' });
}

/** The steps of a part, with its sequences opened. */
function flat(part: Part | null | undefined, inside: 'normalizers' | 'pretokenizers'): Part[] {
  if (!part) return [];
  return part.type === 'Sequence' ? (part[inside] ?? []).flatMap((step) => flat(step, inside)) : [part];
}

const byPattern = (regex: string): Part => ({
  type: 'Split',
  pattern: { Regex: regex.replaceAll('\\s', '\\p{White_Space}').replaceAll('\\S', '\\P{White_Space}') },
  behavior: 'Isolated',
  invert: false,
});

function splitsAlike(step: Part): Part[] {
  if (step.type === 'Digits') return [byPattern(step.individual_digits ? '\\p{N}' : '\\p{N}+')];
  if (step.type === 'Split' && step.pattern?.Regex !== undefined)
    return [{ ...step, pattern: byPattern(step.pattern.Regex).pattern! }];
  if (step.type === 'ByteLevel' && step.use_regex !== false)
    return [byPattern(GPT2_SPLIT), { ...step, use_regex: false }];
  return [step];
}

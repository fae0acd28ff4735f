// Sentences and facts about datasets, tokenizers and tokens.
import type { DatasetContent, DatasetRecord } from '../../../base/records/dataset';
import type { TokenizerRecord } from '../../../base/records/tokenizer';
import type { TokenView } from '../../../base/wire/requests';
import { language } from '../../state/language.svelte';
import { m } from '../../words/generated/messages.js';

export type Fact = [label: string, value: string];

const SOURCES: Record<string, () => string> = { paste: m.data_source_paste, starter: m.data_source_starter };
const ENCODINGS: Record<DatasetRecord['encoding'], string> = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16 LE',
  'utf-16be': 'UTF-16 BE',
};

const CONTENTS: Record<DatasetContent, () => string> = {
  text: m.data_content_text,
  chat: m.data_content_chat,
  preference: m.data_content_preference,
};

export function datasetFacts(dataset: DatasetRecord): Fact[] {
  const { format } = language;
  return [
    [m.data_source(), SOURCES[dataset.source]?.() ?? dataset.source],
    [m.data_content(), CONTENTS[dataset.content ?? 'text']()],
    [m.data_rows(), format.integer(dataset.rows)],
    [m.data_characters(), format.integer(dataset.characters)],
    [m.data_size(), format.bytes(dataset.bytes)],
    [m.data_encoding(), ENCODINGS[dataset.encoding]],
    [m.data_when(), format.dateTime(dataset.createdAt)],
    ['SHA-256', dataset.sha256],
  ];
}

const KINDS: Record<TokenizerRecord['kind'], () => string> = {
  characters: m.data_kind_characters,
  bpe: m.data_kind_bpe,
  pretrained: m.data_kind_published,
};
export const kindWords = (kind: TokenizerRecord['kind']): string => KINDS[kind]();

export function tokenFacts(token: TokenView): Fact[] {
  const { format } = language;
  return [
    [m.data_token_id(), format.integer(token.id)],
    [m.data_token_bytes(), format.integer(token.bytes)],
    [m.data_token_code(), codePoints(token)],
  ];
}

/** `U+0061 U+0062`, or the bytes where the token is a part of a character. */
function codePoints(token: TokenView): string {
  if (token.partial) return token.text;
  return Array.from(token.text)
    .slice(0, 16)
    .map((c) => `U+${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`)
    .join(' ');
}

const SIGNS: Record<string, string> = { ' ': '␣', '\n': '⏎', '\t': '→' };

/** Spaces, line ends and control characters as signs or numbers, or a token of them would look empty. */
export const visible = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Zs}\u00ad]/gu,
    (c) => SIGNS[c] ?? `\\x${c.codePointAt(0)!.toString(16).toUpperCase().padStart(2, '0')}`,
  );

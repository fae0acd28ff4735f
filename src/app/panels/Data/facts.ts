// Facts about datasets and kinds of tokenizers, in words.
import { isSlice, type DatasetHub } from '../../../base/records/datasetHub';
import type { DatasetContent, DatasetRecord } from '../../../base/records/dataset';
import type { TextEncoding } from '../../../base/records/encodings';
import type { TokenizerRecord } from '../../../base/records/tokenizer';
import { datasetNameWords, isSample } from '../../words/datasetWords';
import { language } from '../../words/language.svelte';
import { m } from '../../words/generated/messages.js';

/** Of datasets that were made here; another one is called by its file. */
const SOURCES: Readonly<Record<string, (() => string) | undefined>> = {
  paste: m.data_source_paste,
  chat: m.data_source_chat,
  feedback: m.data_source_feedback,
  judgements: m.data_source_judgements,
};

const sourceWords = (dataset: DatasetRecord): string => {
  const { version } = dataset;
  if (version) {
    const facts = {
      number: language.format.integer(version.number),
      name: datasetNameWords(version.sheet.origin.name),
    };
    return m.clean_source_version(facts);
  }
  if (isSample(dataset)) return m.data_source_starter();
  return SOURCES[dataset.source]?.() ?? dataset.source;
};
/** The names that people know them by, beside those of the standard. */
const ENCODING_NAMES: Partial<Record<TextEncoding, string>> = {
  'utf-16le': 'UTF-16 LE',
  'utf-16be': 'UTF-16 BE',
  gb18030: 'GB18030 (GBK)',
  big5: 'Big5',
  shift_jis: 'Shift-JIS',
};
export const encodingWords = (encoding: TextEncoding): string => ENCODING_NAMES[encoding] ?? encoding.toUpperCase();

const CONTENTS: Record<DatasetContent, () => string> = {
  text: m.data_content_text,
  chat: m.data_content_chat,
  preference: m.data_content_preference,
};

export const contentWords = ({ content = 'text' }: Pick<DatasetRecord, 'content'>): string => CONTENTS[content]();

export function datasetFacts(dataset: DatasetRecord): [label: string, value: string][] {
  const { format } = language;
  return [
    [m.data_source(), sourceWords(dataset)],
    [m.data_content(), contentWords(dataset)],
    [m.data_rows(), format.integer(dataset.rows)],
    [m.data_characters(), format.integer(dataset.characters)],
    [m.data_size(), format.bytes(dataset.bytes)],
    [m.data_encoding(), encodingWords(dataset.encoding)],
    [m.data_when(), format.dateTime(dataset.createdAt)],
    ...hubFacts(dataset.hub),
    ...(isSlice(dataset.hub) ? [] : [['SHA-256', dataset.sha256] as [string, string]]),
  ];
}

function hubFacts(hub: DatasetHub | undefined): [label: string, value: string][] {
  if (!hub) return [];
  const { first = 1, count } = hub;
  return [
    [m.hubdata_config(), hub.config],
    [m.hubdata_split(), hub.split],
    ...(first > 1 ? [[m.hubdata_first(), language.format.integer(first)] as [string, string]] : []),
    ...(count === undefined ? [] : [[m.hubdata_count(), language.format.integer(count)] as [string, string]]),
    [m.models_licence(), hub.licence ?? m.models_licence_none()],
    [m.hubdata_commit(), hub.revision],
  ];
}

const KINDS: Record<TokenizerRecord['kind'], () => string> = {
  characters: m.data_kind_characters,
  bpe: m.data_kind_bpe,
  pretrained: m.data_kind_published,
};
export const kindWords = (kind: TokenizerRecord['kind']): string => KINDS[kind]();

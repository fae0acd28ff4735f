// What a dataset is called on screen: its own name, or the sample's in the language of the page.
import { STARTER_NAME, type DatasetRecord } from '../../base/records/dataset';
import { GENERAL_NAMES, generalOf, SAMPLE_NAMES, sampleOf, type BundledName } from '../../base/records/samples';
import { TEXT_FORMATS, type TextFormat } from '../../base/records/textFormats';
import { m } from './generated/messages.js';
import { getLocale } from './generated/runtime.js';
import type { Language } from './keys';

const SAMPLES: Record<BundledName, () => string> = {
  'english-stories': m.data_sample_english_stories,
  'english-dialogues': m.data_sample_english_dialogues,
  'english-questions': m.data_sample_english_questions,
  'english-tools': m.data_sample_english_tools,
  'chinese-stories': m.data_sample_chinese_stories,
  'chinese-dialogues': m.data_sample_chinese_dialogues,
  'chinese-questions': m.data_sample_chinese_questions,
  'chinese-tools': m.data_sample_chinese_tools,
  'english-general-chat': m.mix_general_english_chat,
  'english-general-text': m.mix_general_english_text,
  'chinese-general-chat': m.mix_general_chinese_chat,
  'chinese-general-text': m.mix_general_chinese_text,
};

/** Behind the name of what a version was made from. */
const VERSION_NUMBER = / · (?=\d+$)/;

/** A text's name as people read it: a sample text has one in each language until a person gives it another. */
export function datasetNameWords(name: string): string {
  if (name === STARTER_NAME) return m.data_starter_name();
  const [root, number] = name.split(VERSION_NUMBER);
  const sample = [...SAMPLE_NAMES, ...GENERAL_NAMES].find((other) => other === root);
  if (!sample) return name;
  return number === undefined ? SAMPLES[sample]() : `${SAMPLES[sample]()} · ${number}`;
}

/** Whether a text came with this version of the studio, or with one before it. */
export const isSample = (dataset: Pick<DatasetRecord, 'source'>): boolean =>
  dataset.source === 'starter' || (sampleOf(dataset) ?? generalOf(dataset)) !== undefined;

/** The record under the name that people read. */
export const namedInWords = (dataset: DatasetRecord): DatasetRecord =>
  isSample(dataset) || dataset.version ? { ...dataset, name: datasetNameWords(dataset.name) } : dataset;

/** The type checker refuses a format without its words. */
const formats: Record<`data_format_${TextFormat}`, (facts?: object, options?: { locale?: Language }) => string> = m;

export const formatWords = (format: TextFormat, locale: Language = getLocale()): string =>
  formats[`data_format_${format}`]({}, { locale });

/** Every format that can be dropped. */
export function dropHint(locale: Language = getLocale()): string {
  const [first = '', ...rest] = TEXT_FORMATS.filter((format) => format !== 'files').map((format) =>
    formatWords(format, locale),
  );
  const named = [first.charAt(0).toLocaleUpperCase(locale) + first.slice(1), ...rest];
  return m.data_formats({ formats: new Intl.ListFormat(locale, { type: 'disjunction' }).format(named) }, { locale });
}

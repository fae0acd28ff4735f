// What a dataset is called on screen: its own name, or the sample's in the language of the page.
import { STARTER_NAME, type DatasetRecord } from '../../base/records/dataset';
import { TEXT_ENDINGS, TEXT_FORMATS, type TextFormat } from '../../base/records/textFormats';
import { m } from './generated/messages.js';
import { getLocale } from './generated/runtime.js';
import type { Language } from './keys';

/** A text's name as people read it: the sample text has one in each language until a person gives it another. */
export const datasetNameWords = (name: string): string => (name === STARTER_NAME ? m.data_starter_name() : name);

/** The record under the name that people read. */
export const namedInWords = (dataset: DatasetRecord): DatasetRecord =>
  dataset.source === 'starter' ? { ...dataset, name: datasetNameWords(dataset.name) } : dataset;

/** The type checker refuses a format without its words. */
const formats: Record<`data_format_${TextFormat}`, (facts?: object, options?: { locale?: Language }) => string> = m;

/** Every format that can be dropped, with its endings. */
export function dropHint(locale: Language = getLocale()): string {
  const named = TEXT_FORMATS.map((format) => {
    const facts = { name: formats[`data_format_${format}`]({}, { locale }), endings: TEXT_ENDINGS[format].join(', ') };
    return m.data_format_with_endings(facts, { locale });
  });
  return new Intl.ListFormat(locale, { type: 'disjunction' }).format(named);
}

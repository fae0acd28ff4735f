// What a dataset is called on screen: its own name, or the sample's in the language of the page.
import { STARTER_NAME, type DatasetRecord } from '../../base/records/dataset';
import { m } from './generated/messages.js';

/** A text's name as people read it: the sample text has one in each language until a person gives it another. */
export const datasetNameWords = (name: string): string => (name === STARTER_NAME ? m.data_starter_name() : name);

/** The record under the name that people read. */
export const namedInWords = (dataset: DatasetRecord): DatasetRecord =>
  dataset.source === 'starter' ? { ...dataset, name: datasetNameWords(dataset.name) } : dataset;

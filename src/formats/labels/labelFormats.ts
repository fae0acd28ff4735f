// The tools whose files of labels are written and read; which one a file is of, its records say.
import { AtelierError } from '../../base/errors/errors';
import type { LabelFile } from '../../base/wire/labels';
import { isObject, parseJson, type JsonObject } from '../json';
import { BLANK_START, isLines, jsonValue, wholeValues } from '../text/jsonValues';
import { argilla } from './argilla';
import { doccano } from './doccano';
import type { LabelFormat, ReadLabel } from './label';
import { labelStudio } from './labelStudio';
import { openai } from './openai';

export const LABEL_FORMATS: Record<LabelFile, LabelFormat> = { 'label-studio': labelStudio, argilla, openai, doccano };

/** UTF-16 units of a file that is read whole. */
export const LONGEST_LABELS = 256 * 1024 * 1024;

/**
 * The records of a file of labels, of the first tool that one of them is of.
 * @throws label-file-unknown, label-file-large, json-syntax, json-deep, jsonl-line, jsonl-deep
 */
export function readLabels(text: string, file: string): { of: LabelFile; labels: ReadLabel[] } {
  if (text.length > LONGEST_LABELS) throw new AtelierError('label-file-large', { file });
  const records = recordsIn(text.replace(BLANK_START, ''), file);
  const of = (Object.keys(LABEL_FORMATS) as LabelFile[]).find((name) =>
    records.some((record) => LABEL_FORMATS[name].read(record)),
  );
  if (!of) throw new AtelierError('label-file-unknown', { file });
  return { of, labels: records.flatMap((record) => LABEL_FORMATS[of].read(record) ?? []) };
}

/** A list in JSON or several behind each other, one object, or an object on each line. */
function recordsIn(text: string, file: string): JsonObject[] {
  const values = wholeValues(text);
  if (values) return values.flat(1).filter(isObject);
  if (text !== '' && !isLines(text)) parseJson(text, file); // which says what is wrong with it
  return text.split(/\r\n|\n|\r/).flatMap((line, i) => {
    const value = line.trim() === '' ? undefined : jsonValue(line, file, i + 1);
    return isObject(value) ? [value] : [];
  });
}

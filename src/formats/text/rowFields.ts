// A stored row as one flat record, as every file of rows has it: what is trained on, then its further columns.
import type { DatasetContent, StoredRow } from '../../base/records/dataset';
import type { JsonObject } from '../json';

/** A column that is called like a field of the row gets a mark behind its name. */
export function rowFields({ row, facts }: Pick<StoredRow, 'row' | 'facts'>, content: DatasetContent): JsonObject {
  const fields: JsonObject = content === 'text' ? { text: row } : { ...(JSON.parse(row) as JsonObject) };
  for (const [name, value] of Object.entries(facts)) {
    let free = name;
    while (Object.hasOwn(fields, free)) free += '_';
    fields[free] = value;
  }
  return fields;
}

/** The line of a row in a .jsonl file, with its end. */
export const jsonLine = (row: Pick<StoredRow, 'row' | 'facts'>, content: DatasetContent): string =>
  `${JSON.stringify(rowFields(row, content))}\n`;

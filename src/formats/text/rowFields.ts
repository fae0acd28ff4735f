// A stored row as one flat record, as every file of rows has it: what is trained on, then its further columns.
import { publishedLine, publishedMessage, type Conversation, type PreferencePair } from '../../base/conversation';
import type { DatasetContent, StoredRow } from '../../base/records/dataset';
import type { JsonObject } from '../json';

/** A column that is called like a field of the row gets a mark behind its name. */
export function rowFields({ row, facts }: Pick<StoredRow, 'row' | 'facts'>, content: DatasetContent): JsonObject {
  const fields: JsonObject = content === 'text' ? { text: row } : publishedFields(row, content);
  for (const [name, value] of Object.entries(facts)) {
    let free = name;
    while (Object.hasOwn(fields, free)) free += '_';
    fields[free] = value;
  }
  return fields;
}

function publishedFields(row: string, content: DatasetContent): JsonObject {
  if (content === 'chat') return JSON.parse(publishedLine(JSON.parse(row) as Conversation)) as JsonObject;
  const { prompt, chosen, rejected, tools } = JSON.parse(row) as PreferencePair;
  const [asked, good, bad] = [prompt, chosen, rejected].map((side) => side.map(publishedMessage));
  return { prompt: asked, chosen: good, rejected: bad, ...(tools && { tools }) };
}

/** The line of a row in a .jsonl file, with its end. */
export const jsonLine = (row: Pick<StoredRow, 'row' | 'facts'>, content: DatasetContent): string =>
  `${JSON.stringify(rowFields(row, content))}\n`;

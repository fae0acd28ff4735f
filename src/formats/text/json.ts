// JSON as a text format: its rows are the members of one array, or lines as in .jsonl.
import { TEXT_ENDINGS } from '../../base/records/textFormats';
import { charactersOf, type TextReader } from './format';
import { jsonRows } from './jsonl';

export const jsonFormat: TextReader = {
  name: 'json',
  endings: TEXT_ENDINGS.json,
  read: (source, file, found) => jsonRows(charactersOf(source, file, found), file, found.notes),
};

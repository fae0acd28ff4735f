// JSON as a text format: its rows are the members of one array, or lines as in .jsonl.
import { isTooDeep, pythonJson } from '../json';
import { TEXT_ENDINGS } from '../../base/records/textFormats';
import { charactersOf, type FileHead, type TextReader } from './format';
import { jsonRows } from './jsonl';

/** Prose in brackets that begins with what someone says: `["Hello," she said]`. */
const SPOKEN =
  /^[\s\uFEFF]*[[{]\s*"(?:[^"\\\n]|\\.)*"\s*(?:[^\s,:\]}"[{]|,\s*(?!["[{\d\-\]}]|true|false|null|NaN|Infinity)\S)/;
const isProse = ({ text }: FileHead): boolean => SPOKEN.test(text);

/** A list or an object; prose that begins with a bracket is neither, which shows where all of it is here. */
function begins(head: FileHead): boolean {
  const { name, text, whole } = head;
  if (isProse(head)) return false;
  if (!/^[\s\uFEFF]*(?:\{\s*["}]|\[\s*(?:\{\s*["}]|\[\s*["{[]|"|\]))/.test(text)) return false;
  return !whole || TEXT_ENDINGS.json.some((ending) => name.endsWith(ending)) || isJson(text);
}

function isJson(text: string): boolean {
  if (isTooDeep(text)) return true; // which its reading refuses
  try {
    pythonJson(text.replace(/^\uFEFF/, ''), 'null');
    return true;
  } catch {
    return false;
  }
}

export const jsonFormat: TextReader = {
  name: 'json',
  endings: TEXT_ENDINGS.json,
  begins,
  refutes: isProse,
  read: (source, found) => jsonRows(charactersOf(source, found), source.name, found.notes, found.choices?.mapping),
};

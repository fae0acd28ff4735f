// Rows of .jsonl and .json, one at a time. What a row means is in `conversations.ts`.
import { AtelierError } from '../../base/errors/errors';
import type { Mapping } from '../../base/records/mapping';
import { TEXT_ENDINGS } from '../../base/records/textFormats';
import { parseJson } from '../json';
import { charactersOf, type FileHead, type RowBatch, type TextReader, type TextRow } from './format';
import { listRows, wrappedListIn, wrappedListRows } from './jsonLists';
import { BLANK_START, isLines, jsonValue, wholeValues } from './jsonValues';
import { LineCutter, type TextLine } from './lines';
import { inBatches } from './rowBatches';
import { RowNotes } from './rowNotes';
import { RowWriter } from './rowWriter';
import { wrappedRows } from './wrappedRows';

/** UTF-16 units of one line; beyond, the file is most likely one JSON array and not JSON lines. */
export const LONGEST_JSON_LINE = 16 * 1024 * 1024;

/** UTF-16 units of a .json file that is read whole; a list beyond is read member by member. */
const IN_ONE_PIECE = 8 * 1024 * 1024;

/** UTF-16 units of one that holds no list, as a table of columns, and can only be read whole. */
const LONGEST_JSON = 64 * 1024 * 1024;

/**
 * Rows of .jsonl: text as it is, conversations and pairs as JSON text of base/conversation. The first row says which of
 * them the file holds; in a file of text, conversations become `role: content` lines. Blank lines and blank texts give
 * no row. A line that cannot be read is set aside in the notes; where all are, the first one's error is thrown. A file
 * that begins with [ is read as `jsonRows` reads it.
 * @throws jsonl-line, jsonl-long, jsonl-deep, jsonl-object, rows-mixed, each with the line, and those of `rowOf`
 */
export async function* jsonlRows(
  chunks: AsyncIterable<string> | Iterable<string>,
  file: string,
  notes = new RowNotes(),
  mapping?: Mapping,
): AsyncGenerator<RowBatch> {
  const { first, rest } = await peeked(chunks);
  if (first.replace(BLANK_START, '').startsWith('[')) yield* jsonRows(rest, file, notes, mapping);
  else yield* lineRows(rest, new RowWriter(file, notes, mapping));
}

/** The first text that is not blank, of so many units at least where there are as many, and the whole again. */
async function peeked(
  chunks: AsyncIterable<string> | Iterable<string>,
  least = 1,
): Promise<{ first: string; rest: AsyncGenerator<string>; ended: boolean }> {
  const iterator = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  let first = '';
  let part = await iterator.next();
  for (; !part.done; part = await iterator.next()) {
    first += part.value;
    if (first.length >= least && first.trim() !== '') break;
  }
  async function* all(): AsyncGenerator<string> {
    try {
      yield first;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { first, rest: all(), ended: part.done === true };
}

async function* lineRows(chunks: AsyncIterable<string> | Iterable<string>, rows: RowWriter): AsyncGenerator<RowBatch> {
  const cutter = new LineCutter(LONGEST_JSON_LINE);
  for await (const chunk of chunks) yield* inBatches(rowsOfLines(cutter.push(chunk), rows));
  yield* inBatches(rowsOfLines(cutter.end(), rows));
  rows.end();
}

function* rowsOfLines(lines: Iterable<TextLine>, rows: RowWriter): Generator<TextRow> {
  for (const { text, number, cut } of lines) {
    if (number === rows.long || text.trim() === '') continue;
    if (cut) rows.long = number;
    const row = rows.write(
      () => {
        if (cut) throw new AtelierError('jsonl-long', { file: rows.file, line: number, limit: LONGEST_JSON_LINE });
        return jsonValue(text, rows.file, number);
      },
      number,
      cut ? '' : text.trim(),
    );
    if (row) yield row;
  }
}

/**
 * Rows of .json: the members of one array, or of several behind each other; or lines, which many call .json too.
 * @throws json-large, json-syntax, json-deep, json-rows, json-rows-inside, and those of `jsonlRows`
 */
export async function* jsonRows(
  chunks: AsyncIterable<string> | Iterable<string>,
  file: string,
  notes = new RowNotes(),
  mapping?: Mapping,
): AsyncGenerator<RowBatch> {
  const rows = new RowWriter(file, notes, mapping);
  const { first, rest, ended } = await peeked(chunks, IN_ONE_PIECE);
  const head = first.replace(BLANK_START, '');
  const list = ended || head.startsWith('[') ? undefined : wrappedListIn(first);
  if (ended) yield* wholeRows(head, rows);
  else if (head.startsWith('[')) yield* listRows(rest, rows);
  else if (list) yield* wrappedListRows(rest, list, rows);
  else if (isLines(head)) yield* lineRows(rest, rows);
  else yield* wholeRows(await gathered(rest, file), rows);
}

/** @throws json-large */
async function gathered(chunks: AsyncIterable<string>, file: string): Promise<string> {
  let text = '';
  for await (const chunk of chunks) {
    text += chunk;
    if (text.length > LONGEST_JSON)
      throw new AtelierError('json-large', { file, size: text.length, limit: LONGEST_JSON });
  }
  return text.replace(BLANK_START, '');
}

async function* wholeRows(text: string, rows: RowWriter): AsyncGenerator<RowBatch> {
  const { file } = rows;
  const values = wholeValues(text);
  if (!values) {
    if (isLines(text)) yield* lineRows([text], rows);
    else if (text.startsWith('['))
      yield* listRows([text], rows); // so that only its broken members are set aside
    else parseJson(text, file);
    return;
  }
  const [only] = values;
  const members = values.length === 1 && !Array.isArray(only) ? wrappedRows(only, file) : values.flat(1);
  yield* inBatches(rowsOfMembers(members, rows));
  rows.end();
}

function* rowsOfMembers(members: readonly unknown[], rows: RowWriter): Generator<TextRow> {
  for (const [i, value] of members.entries()) {
    const row = rows.write(() => value, i + 1);
    if (row) yield row;
  }
}

/** Lines that are objects, or a first one so long that its end is not in sight. */
function begins({ name, text, whole }: FileHead): boolean {
  if (!/^[\s\uFEFF]*\{\s*["}]/.test(text)) return false;
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (!whole) lines.pop();
  if (lines.length < 2) return !name.endsWith('.json') && (lines.length > 0 ? isObjectLine(lines[0]!) : !whole);
  return 2 * lines.filter(isObjectLine).length >= lines.length;
}

const isObjectLine = (line: string): boolean => /^[\s\uFEFF]*\{.*\}\s*$/.test(line);

export const jsonlFormat: TextReader = {
  name: 'jsonl',
  endings: TEXT_ENDINGS.jsonl,
  begins,
  read: (source, found) => jsonlRows(charactersOf(source, found), source.name, found.notes, found.choices?.mapping),
};

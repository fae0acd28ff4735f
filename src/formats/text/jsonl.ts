// Rows of .jsonl and .json, one at a time. What a row means is in `conversations.ts`.
import { AtelierError } from '../../base/errors/errors';
import type { DatasetContent } from '../../base/records/dataset';
import { TEXT_ENDINGS } from '../../base/records/textFormats';
import { rowOf, type Row, type RowPlace } from './conversations';
import { DEEPEST_JSON, isObject, jsonDepth, parseJson, shown, syntaxMessage } from '../json';
import { charactersOf, type TextReader } from './format';
import { linesOf } from './lines';
import { wellFormed } from './unicode';

/** UTF-16 units of one line; beyond, the file is most likely one JSON array and not JSON lines. */
export const LONGEST_JSON_LINE = 16 * 1024 * 1024;

/** UTF-16 units of a .json file, which stands in memory whole; the same rows as .jsonl have no such bound. */
export const LONGEST_JSON = 256 * 1024 * 1024;

/**
 * Rows of .jsonl: text as it is, conversations and pairs as JSON text of base/conversation. The first row says which of
 * them the file holds; in a file of text, conversations become `role: content` lines. Blank lines and blank texts give
 * no row. Errors, each with the line: jsonl-line, jsonl-long, jsonl-deep, jsonl-object, rows-mixed, those of `rowOf`.
 */
export async function* jsonlRows(
  chunks: AsyncIterable<string> | Iterable<string>,
  file: string,
  onContent?: (content: DatasetContent) => void,
): AsyncGenerator<string> {
  const rows = new RowWriter(file, onContent);
  for await (const line of linesOf(chunks, LONGEST_JSON_LINE)) {
    if (line.cut) throw new AtelierError('jsonl-long', { file, line: line.number, limit: LONGEST_JSON_LINE });
    if (line.text.trim() === '') continue;
    yield* rows.write(parseLine(line.text, file, line.number), line.number);
  }
}

/**
 * Rows of .json: the members of one array; or lines, which many call .json too.
 * @throws json-large, json-syntax, json-deep, json-rows, and those of `jsonlRows`
 */
export async function* jsonRows(
  chunks: AsyncIterable<string> | Iterable<string>,
  file: string,
  onContent?: (content: DatasetContent) => void,
): AsyncGenerator<string> {
  let text = '';
  for await (const chunk of chunks) {
    text += chunk;
    if (text.length > LONGEST_JSON)
      throw new AtelierError('json-large', { file, size: text.length, limit: LONGEST_JSON });
  }
  if (/^\s*\{.*\}\s*\n\s*\{/.test(text)) {
    yield* jsonlRows([text], file, onContent);
    return;
  }
  const list = parseJson(text, file);
  if (!Array.isArray(list)) throw new AtelierError('json-rows', { file });
  const rows = new RowWriter(file, onContent);
  for (const [i, row] of (list as unknown[]).entries()) yield* rows.write(row, i + 1);
}

/** Rows as they are kept; all of a file have the content of the first. */
class RowWriter {
  #content: DatasetContent | undefined;

  constructor(
    private readonly file: string,
    private readonly onContent: ((content: DatasetContent) => void) | undefined,
  ) {}

  *write(value: unknown, line: number): Generator<string> {
    const at = { file: this.file, line };
    if (!isObject(value)) throw new AtelierError('jsonl-object', { ...at, found: shown(value) });
    const row = rowOf(value, at);
    const content = (this.#content ??= row.content);
    this.onContent?.(content);
    const kept = keptRow(row, content, at);
    if (kept.trim() !== '') yield kept;
  }
}

/** Blank where there is nothing to keep. */
function keptRow(row: Row, content: DatasetContent, at: RowPlace): string {
  if (row.content === 'text' && content === 'text') return wellFormed(row.text);
  if (row.content === 'chat' && content === 'text')
    return row.messages.map((m) => `${m.role}: ${wellFormed(m.content)}`).join('\n');
  if (row.content !== content) throw new AtelierError('rows-mixed', { ...at, found: row.content, first: content });
  if (row.content === 'chat') return row.messages.length ? json({ messages: row.messages }) : '';
  return row.content === 'preference' ? json(row.pair) : '';
}

/** As text of its own: a lone surrogate, which JSON would escape, becomes U+FFFD as in plain text. */
const json = (value: object): string =>
  JSON.stringify(value, (_key, member: unknown) => (typeof member === 'string' ? wellFormed(member) : member));

function parseLine(text: string, file: string, line: number): unknown {
  if (jsonDepth(text, DEEPEST_JSON + 1) > DEEPEST_JSON) {
    throw new AtelierError('jsonl-deep', { file, line, limit: DEEPEST_JSON });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new AtelierError('jsonl-line', { file, line, message: syntaxMessage(error) });
  }
}

export const jsonlFormat: TextReader = {
  name: 'jsonl',
  endings: TEXT_ENDINGS.jsonl,
  read: (source, file, found) =>
    jsonlRows(charactersOf(source, file, found), file, (content) => (found.content = content)),
};

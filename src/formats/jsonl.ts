import { AtelierError } from '../base/errors/errors';
import { DEEPEST_JSON, isObject, jsonDepth, own, shown, syntaxMessage, type JsonObject } from './json';
import { linesOf } from './lines';
import { wellFormed } from './unicode';

/** UTF-16 units of one line; beyond, the file is most likely one JSON array and not JSON lines. */
export const LONGEST_JSON_LINE = 16 * 1024 * 1024;

/**
 * Rows of .jsonl: the string `text`, or `messages` as `role: content` lines. Blank lines and blank texts give no row.
 * Errors, each with the line: jsonl-line, jsonl-long, jsonl-deep, jsonl-object, jsonl-fields, jsonl-message.
 */
export async function* jsonlRows(
  chunks: AsyncIterable<string> | Iterable<string>,
  file: string,
): AsyncGenerator<string> {
  for await (const line of linesOf(chunks, LONGEST_JSON_LINE)) {
    if (line.cut) throw new AtelierError('jsonl-long', { file, line: line.number, limit: LONGEST_JSON_LINE });
    if (line.text.trim() === '') continue;
    const row = rowText(parseLine(line.text, file, line.number), file, line.number);
    if (row.trim() !== '') yield wellFormed(row);
  }
}

function parseLine(text: string, file: string, line: number): JsonObject {
  if (jsonDepth(text, DEEPEST_JSON + 1) > DEEPEST_JSON) {
    throw new AtelierError('jsonl-deep', { file, line, limit: DEEPEST_JSON });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AtelierError('jsonl-line', { file, line, message: syntaxMessage(error) });
  }
  if (!isObject(value)) throw new AtelierError('jsonl-object', { file, line, found: shown(value) });
  return value;
}

function rowText(row: JsonObject, file: string, line: number): string {
  const text = own(row, 'text');
  if (typeof text === 'string') return text;
  const messages = own(row, 'messages');
  if (Array.isArray(messages)) return messages.map((m, i) => messageText(m, file, line, i + 1)).join('\n');
  const keys = Object.keys(row).slice(0, 12).join(', ');
  throw new AtelierError('jsonl-fields', { file, line, keys: keys || '{}' });
}

function messageText(message: unknown, file: string, line: number, index: number): string {
  const role = isObject(message) ? own(message, 'role') : undefined;
  const content = isObject(message) ? contentText(own(message, 'content')) : undefined;
  if (typeof role !== 'string' || content === undefined) throw new AtelierError('jsonl-message', { file, line, index });
  return `${role}: ${content}`;
}

/** Content is a string, or a list of parts of which all are text (`{"type": "text", "text": "…"}`). */
function contentText(content: unknown): string | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  const texts = content.map((part: unknown) => (isObject(part) ? own(part, 'text') : undefined));
  return texts.every((t) => typeof t === 'string') ? texts.join('') : undefined;
}

// Rows of JSON lists that are too large to stand in memory, one member at a time: a list that is a file, several behind
// each other, or the one that an object wraps. Smaller files are read whole: `jsonl.ts`.
import { AtelierError } from '../../base/errors/errors';
import { DEEPEST_JSON, isObject, isTooDeep, own, pythonJson, valueEnd, type JsonObject } from '../json';
import { jsonFault, type JsonFault } from '../jsonFault';
import { rowOf } from './conversations';
import type { RowBatch, TextRow } from './format';
import { BLANK_START } from './jsonValues';
import { ListCutter, type ListMember, type ListPart } from './listCutter';
import { inBatches } from './rowBatches';
import type { RowWriter } from './rowWriter';
import { refuseSeveral, rowListsIn, hubRow } from './wrappedRows';

/** UTF-16 units of one member, and of what stands behind a wrapped list. */
const LONGEST_MEMBER = 16 * 1024 * 1024;

/**
 * The members of one list, or of several behind each other.
 * @throws json-syntax where a list is not closed, and the first member's error where none can be read
 */
export async function* listRows(
  chunks: AsyncIterable<string> | Iterable<string>,
  rows: RowWriter,
): AsyncGenerator<RowBatch> {
  const members = new Members(rows);
  let cutter = new ListCutter(LONGEST_MEMBER);
  for await (const chunk of chunks)
    for (let text: string | undefined = chunk; text !== undefined;) {
      yield* inBatches(members.rows(cutter.push(text)));
      const next: ListPart | undefined = cutter.closed ? nextList(cutter.left, rows.file) : undefined;
      if (next) cutter = new ListCutter(LONGEST_MEMBER, next.before);
      text = next?.text;
    }
  if (!cutter.closed) refuseOpen(cutter.left, rows.file);
  rows.end();
}

/** What stands behind a list, where another one begins there; undefined where it is blank. */
function nextList({ text, before }: ListPart, file: string): ListPart | undefined {
  const rest = text.replace(BLANK_START, '');
  if (rest === '') return undefined;
  const at = before + text.length - rest.length;
  if (!rest.startsWith('[')) throw new AtelierError('json-syntax', { file, ...jsonFaultAt(rest, at) });
  return { text: rest, before: at };
}

/** A list that an object wraps: the name of its field, and what stands before its bracket. */
export interface WrappedList {
  field: string;
  head: string;
  /** Blanks of the file before the object. */
  before: number;
}

const KEY = /\s*"((?:[^"\\]|\\.)*)"\s*:\s*/y;
const SCALAR = /"(?:[^"\\]|\\.)*"|[^\s,\]}]+/y;
const NEXT = /\s*,/y;

/** The first list of objects in the object that a text begins with; undefined where the object is a row itself. */
export function wrappedListIn(file: string): WrappedList | undefined {
  const text = file.replace(BLANK_START, '');
  let at = 1;
  const eaten = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  for (let key = eaten(KEY); key; key = eaten(NEXT) && eaten(KEY)) {
    const head = text.slice(0, at);
    if (beginsRowList(text.slice(at)))
      return isRow(head) ? undefined : { field: key[1]!, head, before: file.length - text.length };
    if (text[at] !== '[' && text[at] !== '{') {
      if (!eaten(SCALAR)) return undefined;
      continue;
    }
    const end = valueEnd(text.slice(at));
    if (end === undefined) return undefined;
    at += end;
  }
  return undefined;
}

/** Objects that are no messages: a list of those is one row. */
function beginsRowList(text: string): boolean {
  const begin = /^\[\s*(?=\{)/.exec(text)?.[0].length;
  const end = begin === undefined ? undefined : valueEnd(text.slice(begin));
  const first = end === undefined ? undefined : parsed(text.slice(begin, begin! + end));
  return isObject(first) && own(first, 'role') === undefined && own(first, 'from') === undefined;
}

/** Whether the fields in front of the list are a row by themselves. */
function isRow(fields: string): boolean {
  const value = parsed(`${fields}null}`);
  if (!isObject(value)) return false;
  try {
    rowOf(value, { file: '', line: 1 });
    return true;
  } catch {
    return false;
  }
}

function parsed(text: string): unknown {
  try {
    return pythonJson(text, 'null');
  } catch {
    return undefined;
  }
}

/**
 * The members of the list that an object wraps.
 * @param chunks the file; the first of them holds what stands before the list
 * @throws json-syntax, json-deep, json-large, json-rows-inside
 */
export async function* wrappedListRows(
  chunks: AsyncIterable<string>,
  { field, head, before }: WrappedList,
  rows: RowWriter,
): AsyncGenerator<RowBatch> {
  const members = new Members(rows, hubRow);
  let skipped = before + head.length;
  const cutter = new ListCutter(LONGEST_MEMBER, skipped);
  for await (const chunk of chunks) {
    yield* inBatches(members.rows(cutter.push(chunk.slice(skipped))));
    skipped = 0;
    const size = cutter.closed ? cutter.left.text.length : 0;
    if (size > LONGEST_MEMBER) throw new AtelierError('json-large', { file: rows.file, size, limit: LONGEST_MEMBER });
  }
  if (!cutter.closed) refuseOpen(cutter.left, rows.file);
  const fields = { ...objectAt(`${head}null}`, before, rows.file), ...behind(cutter.left, rows.file) };
  const others = rowListsIn(fields);
  if (others.length) refuseSeveral([field, ...others], rows.file);
  rows.end();
}

/** The fields behind the list. */
function behind({ text, before }: ListPart, file: string): JsonObject {
  const open = '{"":0';
  return objectAt(open + text, before - open.length, file);
}

function objectAt(text: string, before: number, file: string): JsonObject {
  const value = valueAt(text, before, file);
  return isObject(value) ? value : {};
}

/** Members as rows, each with its number from 1. */
class Members {
  #number = 0;

  constructor(
    private readonly writer: RowWriter,
    private readonly taken: (value: unknown) => unknown = (value) => value,
  ) {}

  *rows(members: Iterable<ListMember>): Generator<TextRow> {
    for (const member of members) {
      const row = this.#row(member, ++this.#number);
      if (row) yield row;
    }
  }

  /** A member that is no JSON, or too long, is set aside. */
  #row({ text, before, long, end }: ListMember, number: number): TextRow | undefined {
    const { file } = this.writer;
    const value = (): unknown => {
      if (long) throw new AtelierError('jsonl-long', { file, line: number, limit: LONGEST_MEMBER });
      return this.taken(valueAt(text, before, file, end));
    };
    return this.writer.write(value, number, text.trim());
  }
}

/** @throws json-syntax, json-deep */
function valueAt(text: string, before: number, file: string, end = ''): unknown {
  if (isTooDeep(text)) throw new AtelierError('json-deep', { file, limit: DEEPEST_JSON });
  try {
    return pythonJson(text, 'null');
  } catch (error) {
    throw new AtelierError('json-syntax', { file, ...jsonFaultAt(text + end, before) }, { cause: error });
  }
}

/** A fault with its place in the file. */
function jsonFaultAt(text: string, before: number): JsonFault {
  const fault = jsonFault(text, { python: true });
  return 'at' in fault ? { ...fault, at: before + fault.at } : fault;
}

/** @throws json-syntax, json-deep */
function refuseOpen({ text, before }: ListPart, file: string): never {
  if (isTooDeep(text)) throw new AtelierError('json-deep', { file, limit: DEEPEST_JSON });
  throw new AtelierError('json-syntax', { file, ...jsonFaultAt(text, before) });
}

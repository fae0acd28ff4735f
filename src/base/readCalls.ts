// Reads calls of tools out of an answer's text, in the format of a model's template. What is no call stays text.
import type { CallFormat } from './callFormat';
import type { ToolCall } from './conversation';

export interface CallsRead {
  /** Where the first of them begins, with what opens it. */
  callsFrom: number;
  calls: ToolCall[];
  /** What begins as a call and cannot be read as one. */
  broken?: string;
}

/** Undefined where nothing in the text begins as a call. */
export function readCalls(text: string, format: CallFormat): CallsRead | undefined {
  const open = format.open.trim();
  const callsFrom = text.search(open ? openingOf(open) : /\S/);
  if (callsFrom < 0 || (!open && !looksLikeCall(text.slice(callsFrom), format))) return undefined;
  const reader = new Reader(text.slice(callsFrom), format);
  const calls = reader.all();
  return { callsFrom, calls, ...(reader.broken !== undefined && { broken: reader.broken }) };
}

/** Where nothing opens a call, it is told by its first words: an answer may be JSON that is none. */
function looksLikeCall(text: string, format: CallFormat): boolean {
  if (format.kind !== 'object') return false;
  const name = new RegExp(`^(?:<\\|python_tag\\|>)?\\s*\\[?\\s*\\{\\s*"(?:name|${escaped(format.name)})"\\s*:`);
  return name.test(text);
}

/** `<a><b>` in two: models leave one of them out, and end tokens are not written. */
const piecesOf = (around: string): string[] => around.trim().split(/(?<=>)\s*(?=<)/);

/** What opens calls, in a text: its last piece, with those in front of it that are there. */
function openingOf(open: string): RegExp {
  const pieces = piecesOf(open).map(escaped);
  const last = pieces.pop()!;
  return new RegExp(pieces.map((piece) => `(?:${piece}\\s*)?`).join('') + last);
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');

/** What models have been seen to write in place of the template's own name for them. */
const ARGUMENTS = ['arguments', 'parameters', 'args'];

class Reader {
  broken: string | undefined;
  #at = 0;

  constructor(
    readonly text: string,
    readonly format: CallFormat,
  ) {}

  /** All calls, one behind the other, until something else stands there. */
  all(): ToolCall[] {
    const calls: ToolCall[] = [];
    while (this.#skipped()) {
      const begin = this.#at;
      const call = this.#call();
      if (call) calls.push(call);
      else {
        this.broken = this.text.slice(begin).trim();
        break;
      }
    }
    if (!calls.length) this.broken ??= this.text.trim();
    return calls;
  }

  /** Goes behind blanks, commas, brackets and what stands around calls; whether another call may begin here. */
  #skipped(): boolean {
    const { open, close, kind } = this.format;
    const around = ['<|python_tag|>', ...piecesOf(open), ...piecesOf(close)].filter(Boolean).map(escaped);
    const between = `[,;${kind === 'object' ? '[\\]' : ''}]`;
    const skip = new RegExp(`(?:${[...around, '\\s', between].join('|')})*`, 'y');
    skip.lastIndex = this.#at;
    const opened = skip.exec(this.text)?.[0] ?? '';
    this.#at += opened.length;
    const first = this.#at === opened.length;
    const begins = kind === 'object' ? this.text[this.#at] === '{' : opened.includes(piecesOf(open).at(-1)!);
    return this.#at < this.text.length && (begins || first);
  }

  #call(): ToolCall | undefined {
    const { format } = this;
    if (format.kind === 'object') return this.#object(format.name, format.arguments);
    if (format.kind === 'escaped') return this.#escaped();
    const end = this.text.indexOf(format.between.trim(), this.#at);
    const name = this.text.slice(this.#at, end).trim();
    if (end < 0 || !isName(name)) return undefined;
    this.#at = end + format.between.trim().length;
    const given = asObject(this.#json());
    return given && { name, arguments: given };
  }

  #object(nameKey: string, argumentsKey: string): ToolCall | undefined {
    const object = asObject(this.#json());
    const name = object?.[nameKey] ?? object?.['name'];
    const key = [argumentsKey, ...ARGUMENTS].find((one) => object?.[one] !== undefined);
    const given = key === undefined ? {} : asObject(object?.[key]);
    const id = object?.['id'];
    if (typeof name !== 'string' || !given) return undefined;
    return { ...(typeof id === 'string' && { id }), name, arguments: given };
  }

  /** The JSON object that begins here; undefined where there is none, or it does not end. */
  #json(): unknown {
    const from = this.text.indexOf('{', this.#at);
    if (from < 0 || this.text.slice(this.#at, from).trim() !== '') return undefined;
    const end = objectEnd(this.text, from);
    if (end === undefined) return undefined;
    this.#at = end;
    return parsed(this.text.slice(from, end));
  }

  #escaped(): ToolCall | undefined {
    const begins = this.text.indexOf('{', this.#at);
    const name = this.text.slice(this.#at, begins).trim();
    if (begins < 0 || !isName(name)) return undefined;
    const found = escapedValue(this.text, begins);
    const given = asObject(found?.value);
    if (!found || !given) return undefined;
    this.#at = found.end;
    return { name, arguments: given };
  }
}

const isName = (text: string): boolean => /^[^\s{}<>"]+$/.test(text);

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

/** An object, or the JSON of one in a text. */
export function asObject(value: unknown): Record<string, unknown> | undefined {
  const found = typeof value === 'string' ? parsed(value) : value;
  return typeof found === 'object' && found !== null && !Array.isArray(found)
    ? (found as Record<string, unknown>)
    : undefined;
}

/** Behind the brace that closes the one at `from`; braces in strings do not count. */
export function objectEnd(text: string, from: number): number | undefined {
  let depth = 0;
  for (const { 0: piece, index } of text.slice(from).matchAll(/"(?:[^"\\]|\\[^])*"|[{}]/g)) {
    if (piece === '{') depth++;
    else if (piece === '}' && --depth === 0) return from + index + 1;
  }
  return undefined;
}

const ESCAPE = '<escape>';
const LITERALS: Readonly<Record<string, unknown>> = { true: true, false: false, null: null, None: null };
/** Deeper values than anyone gives a tool. */
const DEEPEST = 50;

interface Found {
  value: unknown;
  end: number;
}

/** A value as FunctionGemma writes it; undefined where it does not end. */
function escapedValue(text: string, from: number, depth = 0): Found | undefined {
  if (depth > DEEPEST) return undefined;
  if (text.startsWith(ESCAPE, from)) {
    const end = text.indexOf(ESCAPE, from + ESCAPE.length);
    return end < 0 ? undefined : { value: text.slice(from + ESCAPE.length, end), end: end + ESCAPE.length };
  }
  if (text[from] === '{' || text[from] === '[') return escapedMembers(text, from, depth);
  const literal = /[^,}\]<]*/y;
  literal.lastIndex = from;
  const written = literal.exec(text)![0];
  const number = written.trim() === '' ? NaN : Number(written);
  const value = Object.hasOwn(LITERALS, written) ? LITERALS[written] : Number.isNaN(number) ? written : number;
  return { value, end: from + written.length };
}

function escapedMembers(text: string, from: number, depth: number): Found | undefined {
  const isList = text[from] === '[';
  const members: [string, unknown][] = [];
  let at = from + 1;
  for (;;) {
    while (text[at] === ',' || text[at] === ' ' || text[at] === '\n') at++;
    if (text[at] === (isList ? ']' : '}')) break;
    const colon = isList ? at - 1 : text.indexOf(':', at);
    const found = at < text.length && colon >= at - 1 ? escapedValue(text, colon + 1, depth + 1) : undefined;
    if (!found || found.end <= at) return undefined;
    members.push([isList ? String(members.length) : text.slice(at, colon).trim(), found.value]);
    at = found.end;
  }
  const value = isList ? members.map(([, member]) => member) : Object.fromEntries(members);
  return { value, end: at + 1 };
}

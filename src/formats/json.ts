// JSON that strangers wrote: its depth is limited before it is parsed, and faults are told with their place.
import { AtelierError } from '../base/errors/errors';
import { jsonFault } from './jsonFault';

/** No file read here nests deeper; far beyond, JSON takes seconds to parse and can't be cloned to another thread. */
export const DEEPEST_JSON = 64;

export type JsonObject = Record<string, unknown>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An own field, never one of the prototype: files can name `__proto__` and `toString`. */
export const own = (object: JsonObject, key: string): unknown => (Object.hasOwn(object, key) ? object[key] : undefined);

/** Sets an own field, also one that is called as the accessor of the prototype is. */
export function setOwn<T>(object: Record<string, T>, key: string, value: T): void {
  if (key !== '__proto__') object[key] = value;
  else Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
}

/** How a value is named in an error: short, whatever the file holds. */
export function shown(value: unknown): string {
  const text = value === undefined ? '–' : typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** Whether a JSON text nests deeper than `DEEPEST_JSON`, found without parsing it. */
export function isTooDeep(text: string): boolean {
  if (!hasManyBrackets(text)) return false;
  let depth = 0;
  for (let i = 0; i < text.length && depth <= DEEPEST_JSON; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x22) i = stringEnd(text, i);
    else if (c === 0x7b || c === 0x5b) depth++;
    else if (c === 0x7d || c === 0x5d) depth--;
  }
  return depth > DEEPEST_JSON;
}

/** Too few rows have as many for each to be read unit by unit; `indexOf` is the platform's, and many times as fast. */
function hasManyBrackets(text: string): boolean {
  let brackets = 0;
  for (const bracket of '{[')
    for (let at = text.indexOf(bracket); at >= 0 && brackets <= DEEPEST_JSON; at = text.indexOf(bracket, at + 1))
      brackets++;
  return brackets > DEEPEST_JSON;
}

/** Index of the quote that closes the string opened at `open`; the end of the text where none does. */
function stringEnd(text: string, open: number): number {
  for (let i = open + 1; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x5c) i++;
    else if (c === 0x22) return i;
  }
  return text.length;
}

/** Index behind the bracket that closes the object or list which a text begins with; undefined where none does. */
export function valueEnd(text: string): number | undefined {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '"') i = stringEnd(text, i);
    else if (c === '{' || c === '[') depth++;
    else if ((c === '}' || c === ']') && --depth === 0) return i + 1;
  }
  return undefined;
}

const BESIDE_JSON = /"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g;

/**
 * JSON, also as Python writes it: with NaN, Infinity and -Infinity
 * (https://docs.python.org/3/library/json.html#infinite-and-nan-number-values). `nan` is the JSON that stands for NaN.
 * Throws what JSON.parse throws.
 */
export function pythonJson(text: string, nan: 'null' | '"NaN"'): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const plain = text.replace(BESIDE_JSON, (token) => {
      if (token.startsWith('"')) return token;
      return token === 'NaN' ? nan : token.replace('Infinity', '1e999'); // which is read as Infinity
    });
    if (plain === text) throw error;
    return JSON.parse(plain) as unknown;
  }
}

/**
 * A whole file as JSON.
 * @throws json-deep, json-syntax
 */
export function parseJson(text: string, file: string): unknown {
  if (isTooDeep(text)) {
    throw new AtelierError('json-deep', { file, limit: DEEPEST_JSON });
  }
  try {
    return pythonJson(text, '"NaN"');
  } catch (error) {
    throw new AtelierError('json-syntax', { file, ...jsonFault(text, { python: true }) }, { cause: error });
  }
}

/**
 * The text as it is where it is JSON; as Python may write it, without NaN and Infinity, which libraries do not read.
 * @throws json-deep, json-syntax
 */
export function standardJson(text: string, file: string): string {
  const value = parseJson(text, file);
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(value);
  }
}

/**
 * The first key that one object of a valid JSON text names twice, which JSON.parse passes over in silence.
 * Keys are compared after their escapes are read.
 */
export function duplicateKey(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '{') open.push(new Set());
    else if (c === '[') open.push(undefined);
    else if (c === '}' || c === ']') open.pop();
    else if (c === '"') {
      const end = stringEnd(text, i);
      const keys = open.at(-1);
      if (keys && isKey(text, end)) {
        const key = JSON.parse(text.slice(i, end + 1)) as string;
        if (keys.has(key)) return key;
        keys.add(key);
      }
      i = end;
    }
  }
  return undefined;
}

function isKey(text: string, quote: number): boolean {
  let i = quote + 1;
  while (text[i] === ' ' || text[i] === '\n' || text[i] === '\t' || text[i] === '\r') i++;
  return text[i] === ':';
}

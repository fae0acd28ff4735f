// The values of a JSON text as strangers join them: whole, lists behind each other, or a value on each line. What they
// mean is no matter of this file.
import { AtelierError } from '../../base/errors/errors';
import { DEEPEST_JSON, isTooDeep, pythonJson, valueEnd } from '../json';
import { jsonFault } from '../jsonFault';

/** Blanks before a value, with marks (U+FEFF) that files were joined with. */
export const BLANK_START = /^[\s\uFEFF]+/;

/** A text as one value, or as the arrays that stand in it; undefined where it is neither. */
export function wholeValues(text: string): unknown[] | undefined {
  const whole = isTooDeep(text) ? undefined : parsed(text);
  return whole === undefined ? severalValues(text) : [whole];
}

/** Lines where the first is a whole object or list, or where its brackets close, so that only its spelling is wrong. */
export function isLines(text: string): boolean {
  const line = /^[^\r\n]*/.exec(text)![0].trim();
  return (line.startsWith('{') && line.endsWith('}')) || (line.startsWith('[') && parsed(line) !== undefined);
}

/** Arrays behind each other, as joined files have them; undefined where the text is anything else. */
function severalValues(text: string): unknown[] | undefined {
  if (!text.startsWith('[')) return undefined;
  const values: unknown[] = [];
  for (let rest = text; rest;) {
    const end = valueEnd(rest);
    const value = end === undefined ? undefined : parsed(rest.slice(0, end));
    if (end === undefined || !Array.isArray(value)) return undefined;
    values.push(value);
    rest = rest.slice(end).replace(BLANK_START, '');
  }
  return values;
}

/** Undefined where the text is no JSON. */
function parsed(text: string): unknown {
  try {
    return pythonJson(text, 'null');
  } catch {
    return undefined;
  }
}

/**
 * One line as JSON.
 * @throws jsonl-deep, jsonl-line
 */
export function jsonValue(line: string, file: string, number: number): unknown {
  const text = line.trim(); // U+FEFF counts as a blank: joined files have it before any line
  if (isTooDeep(text)) throw new AtelierError('jsonl-deep', { file, line: number, limit: DEEPEST_JSON });
  try {
    return pythonJson(text, 'null');
  } catch (error) {
    throw new AtelierError(
      'jsonl-line',
      { file, line: number, ...jsonFault(text, { python: true }) },
      { cause: error },
    );
  }
}

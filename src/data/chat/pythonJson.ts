/** The `tojson` of templates: Python's `json.dumps` with the defaults of transformers. */
import type { Spend, Value } from './pythonValues';
import { entriesOf, floatText, isDictionary, isInteger, isList, isNone, isText, textOrder } from './pythonValues';

export interface JsonOptions {
  ensureAscii: boolean;
  /** What one level is indented by; absent: all in one line. */
  indent: string | undefined;
  item: string;
  key: string;
  sortKeys: boolean;
}

/**
 * @throws TypeError for what JSON has no place for, as in Python: a missing value, a function
 */
export function json(value: Value, options: JsonOptions, spend: Spend, line = '\n'): string {
  spend(1);
  const held: unknown = value.value;
  if (isText(value)) return quoted(value.value, options);
  if (isList(value)) return joined('[]', membersIn(value.value, options, spend, line), options, line);
  if (isDictionary(value)) return joined('{}', pairsIn(entriesOf(value), options, spend, line), options, line);
  if (isNone(value)) return 'null';
  if (typeof held === 'boolean') return String(held);
  if (typeof held !== 'number') throw new TypeError(`${value.type} is not JSON serializable`);
  return isInteger(value) ? String(held) : (CONSTANTS[String(held)] ?? floatText(held));
}

const CONSTANTS: Record<string, string> = { NaN: 'NaN', Infinity: 'Infinity', '-Infinity': '-Infinity' };

const membersIn = (items: Value[], options: JsonOptions, spend: Spend, line: string): string[] =>
  items.map((item) => json(item, options, spend, line + (options.indent ?? '')));

function pairsIn(entries: [string | number, Value][], options: JsonOptions, spend: Spend, line: string): string[] {
  const named = entries.map(([key, value]): [string, Value] => [String(key), value]);
  if (options.sortKeys) named.sort(([a], [b]) => textOrder(a, b));
  const values = membersIn(
    named.map(([, value]) => value),
    options,
    spend,
    line,
  );
  return named.map(([key], i) => quoted(key, options) + options.key + values[i]!);
}

function joined(brackets: string, parts: string[], { indent, item }: JsonOptions, line: string): string {
  if (indent === undefined || !parts.length) return brackets[0]! + parts.join(item) + brackets[1]!;
  return brackets[0]! + line + indent + parts.join(item + line + indent) + line + brackets[1]!;
}

function quoted(value: string, { ensureAscii }: JsonOptions): string {
  const plain = JSON.stringify(value);
  if (!ensureAscii) return plain;
  return plain.replace(/[\x80-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The values of a template as Python has them: made, told apart, compared, counted and printed. */
import { Environment, Interpreter } from '@huggingface/jinja';

export type Value = ReturnType<Interpreter['evaluate']>;
export type Text = Extract<Value, { value: string }>;
export type List = Extract<Value, { value: unknown[] }>;
export type Dictionary = Extract<Value, { value: Map<string, unknown> }>;
type Run = (args: Value[]) => Value;

/** Told for each value that is visited: a few lines of a template make graphs of 2^40 leaves. */
export type Spend = (units: number) => void;

/** The classes of the library's values, which it does not export. */
const EMPTY_TUPLE = { type: 'TupleLiteral', value: [] };
const sample = (value: unknown): Value => new Environment().set('sample', value);
const classOf = <T>(value: unknown) => sample(value).constructor as new (value: T) => Value;
const [TextClass, IntegerClass, FloatClass] = [classOf<string>(''), classOf<number>(0), classOf<number>(0.5)];
const [BooleanClass, ListClass, DictionaryClass] = [
  classOf<boolean>(true),
  classOf<Value[]>([]),
  classOf<Map<string | number, Value>>({}),
];
const TupleClass = new Interpreter().evaluate(EMPTY_TUPLE, new Environment()).constructor as new (
  value: Value[],
) => Value;
const FunctionClass = classOf<Run>(() => null);

export const text = (value: string): Value => new TextClass(value);
/** Values do not change, and a loop makes many of these. */
const SMALL = Array.from({ length: 256 }, (_, i) => new IntegerClass(i));
const [YES, NO] = [new BooleanClass(true), new BooleanClass(false)];
export const integer = (value: number): Value =>
  (Object.is(value, -0) ? undefined : SMALL[value]) ?? new IntegerClass(value);
export const float = (value: number): Value => new FloatClass(value);
export const boolean = (value: boolean): Value => (value ? YES : NO);
export const list = (value: Value[]): Value => new ListClass(value);
export const tuple = (value: Value[]): Value => new TupleClass(value);
/** What `groupby` makes: a tuple of two whose members have names. */
const GROUPS = new WeakSet<object>();
export function group(grouper: Value, items: Value): Value {
  const made = tuple([grouper, items]);
  GROUPS.add(made);
  return made;
}
export function groupPart(value: List, name: Value): Value | undefined {
  const place = GROUPS.has(value) && isText(name) ? ['grouper', 'list'].indexOf(name.value) : -1;
  return value.value[place];
}
/** Keys are texts and, beyond the library, whole numbers. */
export const dictionary = (value: Map<string | number, Value>): Value => new DictionaryClass(value);
export const callable = (run: Run): Value => new FunctionClass(run);
export const NONE = sample(null);
export const MISSING = sample(undefined);

export const isText = (value: Value | undefined): value is Text => value?.type === 'StringValue';
export const isList = (value: Value | undefined): value is List =>
  value?.type === 'ArrayValue' || value?.type === 'TupleValue';
export const isDictionary = (value: Value | undefined): value is Dictionary =>
  value?.type === 'ObjectValue' || value?.type === 'KeywordArgumentsValue';
export const isInteger = (value: Value | undefined): boolean => value?.type === 'IntegerValue';
export const isNone = (value: Value | undefined): boolean => value?.type === 'NullValue';
export const isMissing = (value: Value | undefined): boolean => value?.type === 'UndefinedValue';
export const isTrue = (value: Value): boolean => value.__bool__().value;

/** A whole number, a fraction, or a truth, which counts as 0 or 1. */
export function numberOf(value: Value | undefined): number | undefined {
  const held: unknown = value?.value;
  return typeof held === 'number' || typeof held === 'boolean' ? Number(held) : undefined;
}

export const keyValue = (key: string | number): Value => (typeof key === 'number' ? integer(key) : text(key));

export function dictKey(value: Value): string | number {
  if (isText(value)) return value.value;
  const number = numberOf(value);
  if (number !== undefined) return number;
  throw new TypeError(`a key of a dictionary is ${value.type}`);
}

export const entriesOf = (value: Dictionary): [string | number, Value][] => [
  ...(value.value as Map<string | number, Value>),
];

const SURROGATE = /[\ud800-\udfff]/;
/** Characters as Python counts them: code points. */
export const charactersIn = (value: string): number =>
  SURROGATE.test(value) ? Array.from(value).length : value.length;
export function characterAt(value: string, index: number): string | undefined {
  return SURROGATE.test(value) ? Array.from(value).at(index) : value.at(index);
}
export const hasOneUnitEach = (value: string): boolean => !SURROGATE.test(value);

/**
 * What a loop, a join or a list goes through: characters of a text, keys of a dictionary, nothing where it is missing.
 */
export function membersOf(value: Value): Value[] {
  if (isList(value)) return value.value;
  if (isDictionary(value)) return entriesOf(value).map(([key]) => keyValue(key));
  if (isText(value)) return charactersOf(value.value);
  if (isMissing(value)) return [];
  throw new TypeError(`${value.type} cannot be gone through`);
}

/** @throws TypeError for other than two */
export function pairOf(value: Value): [Value, Value] {
  const members = membersOf(value);
  if (members.length !== 2) throw new TypeError(`${members.length} values where two are wanted`);
  return [members[0]!, members[1]!];
}

/** Each takes some 100 bytes. */
const MOST_CHARACTERS = 1024 * 1024;

function charactersOf(value: string): Value[] {
  if (value.length > MOST_CHARACTERS) throw new RangeError(`a list of ${value.length} characters`);
  return Array.from(value, text);
}

/** Python's `==`. */
export function same(left: Value, right: Value, spend: Spend): boolean {
  spend(1);
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a !== undefined || b !== undefined) return a === b;
  if (isList(left) && isList(right))
    return (
      left.type === right.type &&
      left.value.length === right.value.length &&
      left.value.every((item, i) => same(item, right.value[i]!, spend))
    );
  if (isDictionary(left) && isDictionary(right)) return sameEntries(left, right, spend);
  return left.type === right.type && left.value === right.value;
}

function sameEntries(left: Dictionary, right: Dictionary, spend: Spend): boolean {
  const other = new Map(entriesOf(right));
  const equal = ([key, value]: [string | number, Value]): boolean =>
    other.has(key) && same(value, other.get(key)!, spend);
  return left.value.size === other.size && entriesOf(left).every(equal);
}

/** Python's order of numbers, of texts, these by code point, and of lists by their members. Below 0, 0 or above. */
export function order(left: Value, right: Value): number {
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a !== undefined && b !== undefined) return a - b;
  if (isText(left) && isText(right)) return textOrder(left.value, right.value);
  if (isList(left) && isList(right) && left.type === right.type) return listOrder(left.value, right.value);
  throw new TypeError(`${left.type} and ${right.type} have no order`);
}

function listOrder(left: Value[], right: Value[]): number {
  const i = left.findIndex((item, at) => right[at] !== undefined && !same(item, right[at], () => undefined));
  return i < 0 ? left.length - right.length : order(left[i]!, right[i]!);
}

export function textOrder(left: string, right: string): number {
  let i = 0;
  while (i < left.length && left[i] === right[i]) i++;
  const rank = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);
  if (i >= left.length || i >= right.length) return left.length - right.length;
  return rank(left.charCodeAt(i)) - rank(right.charCodeAt(i));
}

/** Python's `str`. */
export function printed(value: Value, spend: Spend): string {
  if (isText(value)) return value.value;
  return isMissing(value) ? '' : represented(value, spend);
}

/** Python's `repr`. */
export function represented(value: Value, spend: Spend): string {
  spend(1);
  const held: unknown = value.value;
  if (isText(value)) return quoted(value.value);
  if (isList(value)) return listed(value, spend);
  if (isDictionary(value) || value.type === 'NamespaceValue') return dictionaryText(value as Dictionary, spend);
  if (typeof held === 'boolean') return held ? 'True' : 'False';
  if (isNone(value)) return 'None';
  if (typeof held === 'number') return isInteger(value) ? BigInt(held).toString() : floatText(held);
  if (isMissing(value)) return 'Undefined';
  throw new TypeError(`${value.type} cannot be printed`);
}

function listed(value: List, spend: Spend): string {
  const items = value.value.map((item) => represented(item, spend)).join(', ');
  if (value.type === 'ArrayValue') return `[${items}]`;
  return value.value.length === 1 ? `(${items},)` : `(${items})`;
}

function dictionaryText(value: Dictionary, spend: Spend): string {
  const pair = ([key, held]: [string | number, Value]): string =>
    `${represented(keyValue(key), spend)}: ${represented(held, spend)}`;
  const pairs = `{${entriesOf(value).map(pair).join(', ')}}`;
  return value.type === 'NamespaceValue' ? `<Namespace ${pairs}>` : pairs;
}

/** The shortest digits that give the number back; an exponent from 1e16 on and below 1e-4. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  const power = Number(exponent);
  if (value !== 0 && (power < -4 || power >= 16))
    return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  if (Object.is(value, -0)) return '-0.0';
  // JavaScript has exponents below 1e-6 already: 5e-5 has them in Python, 1.5e-4 in neither
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
/** What Python does not print: all but letters, marks, numbers, signs and the space. */
const UNPRINTABLE = /(?! )[\p{C}\p{Z}\\]/gu;

function quoted(value: string): string {
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const inside = value.replace(UNPRINTABLE, (character) => ESCAPES[character] ?? escaped(character.codePointAt(0)!));
  return quote + (quote === "'" ? inside.replaceAll("'", "\\'") : inside) + quote;
}

function escaped(code: number): string {
  const hexadecimal = code.toString(16);
  if (code < 0x100) return `\\x${hexadecimal.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hexadecimal.padStart(4, '0')}` : `\\U${hexadecimal.padStart(8, '0')}`;
}

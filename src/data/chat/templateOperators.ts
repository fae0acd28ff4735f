/** The operators, subscripts and methods of Jinja where the library gives another value than Python. */
import type { Arguments } from './pythonText';
import { TEXT_METHODS } from './pythonText';
import type { Spend, Value } from './pythonValues';
import {
  boolean,
  characterAt,
  dictionary,
  entriesOf,
  float,
  integer,
  isDictionary,
  isInteger,
  isList,
  isMissing,
  isNone,
  isText,
  dictKey,
  keyValue,
  list,
  membersOf,
  MISSING,
  NONE,
  numberOf,
  order,
  printed,
  same,
  text,
  tuple,
} from './pythonValues';

type Operator = (left: Value, right: Value, spend: Spend) => Value | undefined;

function contains(left: Value, right: Value, spend: Spend): boolean {
  if (isMissing(right)) return false;
  if (isText(right)) {
    if (!isText(left)) throw new TypeError(`${left.type} cannot be in a text`);
    return right.value.includes(left.value);
  }
  if (isDictionary(right)) return (right.value as Map<string | number, Value>).has(dictKey(left));
  return membersOf(right).some((member) => same(member, left, spend));
}

const compared =
  (holds: (difference: number) => boolean): Operator =>
  (left, right) =>
    boolean(holds(order(left, right)));

/** Arithmetic of two numbers; a fraction where either is one. */
const arithmetic =
  (compute: (a: number, b: number) => number): Operator =>
  (left, right) => {
    const [a, b] = [numberOf(left), numberOf(right)];
    if (a === undefined || b === undefined) return undefined;
    return [left, right].some(({ type }) => type === 'FloatValue') ? float(compute(a, b)) : integer(compute(a, b));
  };

function divisor(value: number): number {
  if (value === 0) throw new RangeError('division by zero');
  return value;
}

const plus: Operator = (left, right) => {
  if (isText(left) && isText(right)) return text(left.value + right.value);
  if (isText(left) !== isText(right)) throw new TypeError(`${left.type} and ${right.type} cannot be added`);
  return arithmetic((a, b) => a + b)(left, right, () => undefined);
};

/** A text or a list, so many times. `largest` is what the interpreter lets a value be. */
const times =
  (largest: number): Operator =>
  (left, right, spend) => {
    const [many, count] = numberOf(left) === undefined ? [left, numberOf(right)] : [right, numberOf(left)];
    if (count === undefined || !(isText(many) || isList(many))) return arithmetic((a, b) => a * b)(left, right, spend);
    const often = Math.max(0, count);
    if (many.value.length * often > largest) throw new RangeError(`it makes a text or list of more than ${largest}`);
    return isText(many) ? text(many.value.repeat(often)) : list(Array.from({ length: often }, () => many.value).flat());
  };

export const operatorsWithin = (largest: number): Record<string, Operator> => ({
  '==': (left, right, spend) => boolean(same(left, right, spend)),
  '!=': (left, right, spend) => boolean(!same(left, right, spend)),
  in: (left, right, spend) => boolean(contains(left, right, spend)),
  'not in': (left, right, spend) => boolean(!contains(left, right, spend)),
  '<': compared((difference) => difference < 0),
  '>': compared((difference) => difference > 0),
  '<=': compared((difference) => difference <= 0),
  '>=': compared((difference) => difference >= 0),
  '~': (left, right, spend) => text(printed(left, spend) + printed(right, spend)),
  '+': plus,
  '*': times(largest),
  '//': arithmetic((a, b) => Math.floor(a / divisor(b))),
  // the sign is the divisor's
  '%': arithmetic((a, b) => a - Math.floor(a / divisor(b)) * b),
  '/': (left, right) => {
    const [a, b] = [numberOf(left), numberOf(right)];
    return a === undefined || b === undefined ? undefined : float(a / divisor(b));
  },
});

/**
 * `object[key]`, where the library counts UTF-16 units or knows no number as a key.
 * @param lenient gives what is missing parts that are missing too
 */
export function subscript(object: Value, key: Value, lenient: boolean): Value | undefined {
  if (isMissing(object) && lenient) return MISSING;
  if (isMissing(object)) throw new TypeError('something that is not defined has no parts');
  if (isText(object) && isInteger(key)) {
    const character = characterAt(object.value, numberOf(key)!);
    return character === undefined ? MISSING : text(character);
  }
  if (!isDictionary(object) || !isInteger(key)) return undefined;
  return (object.value as Map<string | number, Value>).get(numberOf(key)!) ?? MISSING;
}

/** `text[start:stop]` where no character has two units: as JavaScript's slice. Else the library's. */
export function slice(value: string, start: Value, stop: Value): Value | undefined {
  if (![start, stop].every((bound) => isInteger(bound) || isMissing(bound) || isNone(bound))) return undefined;
  return text(value.slice(numberOf(start) ?? 0, numberOf(stop) ?? value.length));
}

/** A dictionary with whole numbers among its keys. */
export const dictionaryOf = (entries: [Value, Value][]): Value =>
  dictionary(new Map(entries.map(([key, value]) => [dictKey(key), value])));

const DICTIONARY_METHODS: Record<string, (entries: [string | number, Value][], args: Arguments) => Value> = {
  items: (entries) => list(entries.map(([key, value]) => tuple([keyValue(key), value]))),
  keys: (entries) => list(entries.map(([key]) => keyValue(key))),
  values: (entries) => list(entries.map(([, value]) => value)),
  get: (entries, { positional: [key, instead] }) =>
    entries.find(([name]) => key !== undefined && name === dictKey(key))?.[1] ?? instead ?? NONE,
};

/** What `object.name(…)` is in Python; undefined where the library does it as well. */
export function methodOf(object: Value, name: string, spend: Spend): ((args: Arguments) => Value) | undefined {
  const own = <T>(table: Record<string, T>): T | undefined => (Object.hasOwn(table, name) ? table[name] : undefined);
  if (isText(object)) {
    const method = own(TEXT_METHODS);
    return method && ((args) => method(object.value, args, spend));
  }
  const method = isDictionary(object) ? own(DICTIONARY_METHODS) : undefined;
  return method && isDictionary(object) ? (args) => method(entriesOf(object), args) : undefined;
}

/** The operators, subscripts and methods of Jinja where the library gives another value than Python. */
import { percentFormatted } from './pythonFormat';
import { joinedMarkup } from './pythonMarkup';
import type { Arguments } from './pythonText';
import { TEXT_METHODS } from './pythonText';
import type { Spend, Value } from './pythonValues';
import {
  boolean,
  dictionary,
  entriesOf,
  float,
  integer,
  isDictionary,
  isList,
  isMissing,
  isText,
  dictKey,
  keyValue,
  list,
  membersOf,
  NONE,
  numberOf,
  order,
  printed,
  same,
  text,
  tuple,
} from './pythonValues';

type Operator = (left: Value, right: Value, spend: Spend) => Value | undefined;

export function contains(left: Value, right: Value, spend: Spend): boolean {
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
    return [left, right].some(({ type }) => type === 'FloatValue') ? float(compute(a, b)) : integer(compute(a, b) + 0);
  };

function divisor(value: number): number {
  if (value === 0) throw new RangeError('division by zero');
  return value;
}

const plus: Operator = (left, right, spend) => {
  if (isText(left) && isText(right)) return joinedMarkup(left, right, spend) ?? text(left.value + right.value);
  if (!isList(left) || !isList(right)) return arithmetic((a, b) => a + b)(left, right, spend);
  if (left.type !== right.type) throw new TypeError(`${left.type} and ${right.type} cannot be added`);
  return (left.type === 'TupleValue' ? tuple : list)(left.value.concat(right.value));
};

/** The sign is the divisor's. */
export const remainder = (value: number, by: number): number => {
  const rest = value % divisor(by);
  return rest !== 0 && rest < 0 !== by < 0 ? rest + by : rest === 0 ? (by < 0 ? -0 : 0) : rest;
};

const modulo: Operator = (left, right, spend) =>
  isText(left) ? percentFormatted(left, right, spend) : arithmetic(remainder)(left, right, spend);

const power: Operator = (left, right) => {
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a === undefined || b === undefined) return undefined;
  const whole = [left, right].every(({ type }) => type !== 'FloatValue') && b >= 0;
  return whole ? integer(a ** b) : float(a ** b);
};

/** A text or a list, so many times. `largest` is what the interpreter lets a value be. */
const times =
  (largest: number): Operator =>
  (left, right, spend) => {
    const [many, count] = numberOf(left) === undefined ? [left, numberOf(right)] : [right, numberOf(left)];
    if (count === undefined || !(isText(many) || isList(many))) return arithmetic((a, b) => a * b)(left, right, spend);
    const often = Math.max(0, count);
    if (many.value.length * often > largest) throw new RangeError(`it makes a text or list of more than ${largest}`);
    return isText(many)
      ? text(many.value.repeat(often))
      : (many.type === 'TupleValue' ? tuple : list)(Array.from({ length: often }, () => many.value).flat());
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
  '%': modulo,
  '-': arithmetic((a, b) => a - b),
  '**': power,
  '/': (left, right) => {
    const [a, b] = [numberOf(left), numberOf(right)];
    return a === undefined || b === undefined ? undefined : float(a / divisor(b));
  },
});

/** A dictionary with whole numbers among its keys. */
export const dictionaryOf = (entries: [Value, Value][]): Value =>
  dictionary(new Map(entries.map(([key, value]) => [dictKey(key), value])));

const DICTIONARY_METHODS: Record<string, (entries: [string | number, Value][], args: Arguments) => Value> = {
  items: (entries) => list(entries.map(([key, value]) => tuple([keyValue(key), value]))),
  keys: (entries) => list(entries.map(([key]) => keyValue(key))),
  values: (entries) => list(entries.map(([, value]) => value)),
  copy: (entries) => dictionary(new Map(entries)),
  get: (entries, { positional: [key, instead] }) =>
    entries.find(([name]) => key !== undefined && name === dictKey(key))?.[1] ?? instead ?? NONE,
};

const LIST_METHODS: Record<string, (value: Value[], args: Arguments, spend: Spend) => Value> = {
  index: (value, { positional: [wanted] }, spend) => {
    const at = wanted ? value.findIndex((item) => same(item, wanted, spend)) : -1;
    if (at < 0) throw new TypeError('it is not in the list');
    return integer(at);
  },
  count: (value, { positional: [wanted] }, spend) =>
    integer(value.filter((item) => wanted && same(item, wanted, spend)).length),
  copy: (value) => list([...value]),
};

/** What `object.name(…)` is in Python; undefined where nothing there has this name. */
export function methodOf(object: Value, name: string, spend: Spend): ((args: Arguments) => Value) | undefined {
  const own = <T>(table: Record<string, T>): T | undefined => (Object.hasOwn(table, name) ? table[name] : undefined);
  if (isText(object)) {
    const method = own(TEXT_METHODS);
    return method && ((args) => method(object.value, args, spend));
  }
  if (isList(object)) {
    const method = own(LIST_METHODS);
    return method && ((args) => method(object.value, args, spend));
  }
  const method = isDictionary(object) ? own(DICTIONARY_METHODS) : undefined;
  return method && isDictionary(object) ? (args) => method(entriesOf(object), args) : undefined;
}

/** The filters of Jinja where the library lacks them or gives another value than Python. */
import { given } from './templateNodes';
import type { Node } from './templateNodes';
import { json } from './pythonJson';
import type { Arguments } from './pythonText';
import { strip, TEXT_METHODS, titled } from './pythonText';
import type { Spend, Value } from './pythonValues';
import {
  charactersIn,
  entriesOf,
  float,
  integer,
  isDictionary,
  isInteger,
  isMissing,
  isText,
  isTrue,
  keyValue,
  list,
  membersOf,
  MISSING,
  numberOf,
  order,
  printed,
  same,
  text,
  tuple,
} from './pythonValues';

/** What a filter may ask of the interpreter. */
export interface Host {
  spend: Spend;
  /** A node of the tree whose parts have been computed, in the scope of the filter. */
  evaluate: (node: Node) => Value;
}
type Filter = (value: Value, args: Arguments, host: Host) => Value;

/** An argument by its place or its name. */
function argument({ positional, named }: Arguments, index: number, name: string): Value | undefined {
  return positional[index] ?? named.get(name);
}
const flag = (args: Arguments, index: number, name: string): boolean => {
  const value = argument(args, index, name);
  return value !== undefined && isTrue(value);
};

const asText =
  (change: (value: string) => string): Filter =>
  (value, _args, { spend }) =>
    text(change(printed(value, spend)));

function tojson(value: Value, args: Arguments, { spend }: Host): Value {
  const width = argument(args, 1, 'indent');
  const indent = isInteger(width)
    ? ' '.repeat(Math.min(numberOf(width)!, 100))
    : isText(width)
      ? width.value
      : undefined;
  const separators = argument(args, 2, 'separators');
  const [item = indent === undefined ? ', ' : ',', key = ': '] =
    separators && isTrue(separators) ? membersOf(separators).map((part) => printed(part, spend)) : [];
  const options = {
    ensureAscii: flag(args, 0, 'ensure_ascii'),
    indent,
    item,
    key,
    sortKeys: flag(args, 3, 'sort_keys'),
  };
  return text(json(value, options, spend));
}

function length(value: Value): Value {
  if (isText(value)) return integer(charactersIn(value.value));
  if (isDictionary(value)) return integer(value.value.size);
  return integer(membersOf(value).length);
}

function join(value: Value, args: Arguments, { spend }: Host): Value {
  const between = argument(args, 0, 'd');
  const attribute = argument(args, 1, 'attribute');
  const members = attribute ? membersOf(value).map((item) => attributeOf(item, attribute)) : membersOf(value);
  return text(members.map((item) => printed(item, spend)).join(between ? printed(between, spend) : ''));
}

const attributeOf = (item: Value, attribute: Value): Value => {
  if (!isDictionary(item) || !isText(attribute)) throw new TypeError('an attribute of a dictionary is wanted here');
  return item.value.get(attribute.value) ?? MISSING;
};

function byDefault(value: Value, args: Arguments): Value {
  const instead = argument(args, 0, 'default_value') ?? text('');
  return isMissing(value) || (flag(args, 1, 'boolean') && !isTrue(value)) ? instead : value;
}

function toInteger(value: Value, args: Arguments): Value {
  const number = isText(value) ? numberIn(value.value) : numberOf(value);
  return number === undefined ? (argument(args, 0, 'default') ?? integer(0)) : integer(Math.trunc(number));
}

function toFloat(value: Value, args: Arguments): Value {
  const number = isText(value) ? numberIn(value.value) : numberOf(value);
  return number === undefined ? (argument(args, 0, 'default') ?? float(0)) : float(number);
}

function numberIn(value: string): number | undefined {
  const stripped = strip(value, 'strip');
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(stripped) ? Number(stripped) : undefined;
}

const pairs = (value: Value): Value[] => {
  if (!isDictionary(value)) throw new TypeError(`${value.type} has no items`);
  return entriesOf(value).map(([key, held]) => tuple([keyValue(key), held]));
};

function dictsort(value: Value, args: Arguments): Value {
  const by = argument(args, 1, 'by');
  const column = by && isText(by) && by.value === 'value' ? 1 : 0;
  const exact = flag(args, 0, 'case_sensitive');
  const sortedBy = (pair: Value): Value => {
    const cell = membersOf(pair)[column]!;
    return isText(cell) && !exact ? text(cell.value.toLowerCase()) : cell;
  };
  const sign = flag(args, 2, 'reverse') ? -1 : 1;
  return list(pairs(value).sort((a, b) => sign * order(sortedBy(a), sortedBy(b))));
}

function sum(value: Value, args: Arguments): Value {
  const attribute = argument(args, 0, 'attribute');
  const items = membersOf(value).map((item) => (attribute ? attributeOf(item, attribute) : item));
  const total = items.reduce((so, item) => so + (numberOf(item) ?? NaN), 0);
  if (Number.isNaN(total)) throw new TypeError('only numbers have a sum');
  return items.every(isInteger) ? integer(total) : float(total);
}

/** `map("upper")`: another filter for each member. With `attribute` it is the library's. */
function map(value: Value, { positional: [name, ...rest] }: Arguments, { evaluate }: Host): Value {
  if (!isText(name)) throw new TypeError('map wants the name of a filter');
  const callee = { type: 'Identifier', value: name.value };
  const filter = rest.length ? { type: 'CallExpression', callee, args: rest.map(given) } : callee;
  return list(membersOf(value).map((item) => evaluate({ type: 'FilterExpression', operand: given(item), filter })));
}

const selecting =
  (wanted: boolean): Filter =>
  (value, { positional: [name] }, { evaluate }) => {
    const test = { type: 'Identifier', value: isText(name) ? name.value : '' };
    const passes = (item: Value): boolean =>
      isTrue(name ? evaluate({ type: 'TestExpression', operand: given(item), negate: false, test }) : item);
    return list(membersOf(value).filter((item) => passes(item) === wanted));
  };

function unique(value: Value, _args: Arguments, { spend }: Host): Value {
  const kept: Value[] = [];
  const folded = (item: Value): Value => (isText(item) ? text(item.value.toLowerCase()) : item);
  for (const item of membersOf(value))
    if (!kept.some((other) => same(folded(other), folded(item), spend))) kept.push(item);
  return list(kept);
}

export const FILTERS: Record<string, Filter> = {
  tojson,
  length,
  count: length,
  string: asText((value) => value),
  upper: asText((value) => value.toUpperCase()),
  lower: asText((value) => value.toLowerCase()),
  title: asText(titled),
  capitalize: (value, args, { spend }) => TEXT_METHODS['capitalize']!(printed(value, spend), args, spend),
  trim: (value, args, { spend }) => TEXT_METHODS['strip']!(printed(value, spend), args, spend),
  join,
  default: byDefault,
  d: byDefault,
  int: toInteger,
  float: toFloat,
  list: (value) => list([...membersOf(value)]),
  first: (value) => membersOf(value)[0] ?? MISSING,
  last: (value) => membersOf(value).at(-1) ?? MISSING,
  items: (value) => list(isMissing(value) ? [] : pairs(value)),
  dictsort,
  sum,
  unique,
  select: selecting(true),
  reject: selecting(false),
  map,
};

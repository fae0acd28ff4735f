/** The filters of Jinja for one value: https://jinja.palletsprojects.com/en/stable/templates/#builtin-filters */
import { fixed, percentFormatted } from './pythonFormat';
import { json } from './pythonJson';
import { asMarkup, escaped, markup } from './pythonMarkup';
import type { Arguments } from './pythonText';
import { splitLines, strip, TEXT_METHODS, titled } from './pythonText';
import type { Spend, Text, Value } from './pythonValues';
import {
  charactersIn,
  dictionary,
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
  text,
  tuple,
} from './pythonValues';
import { argument, flag } from './templateArguments';
import type { Filter, Host } from './templateArguments';
import { attributeOf } from './templateAttributes';
import { LIST_FILTERS } from './templateListFilters';

/** Blanks that a filter may set before a text. */
const WIDEST = 1000;

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
  const begin = argument(args, 1, 'start');
  if (begin) items.unshift(begin);
  const total = items.reduce((so, item) => so + (numberOf(item) ?? NaN), 0);
  if (Number.isNaN(total)) throw new TypeError('only numbers have a sum');
  return items.every(({ type }) => type !== 'FloatValue') ? integer(total) : float(total);
}

function absolute(value: Value): Value {
  const number = numberOf(value);
  if (number === undefined) throw new TypeError(`${value.type} is no number`);
  return value.type === 'FloatValue' ? float(Math.abs(number)) : integer(Math.abs(number));
}

/** A half goes to the even number. https://docs.python.org/3/library/functions.html#round */
function round(value: Value, args: Arguments): Value {
  const number = numberOf(value);
  const precision = numberOf(argument(args, 0, 'precision')) ?? 0;
  if (number === undefined || !Number.isInteger(precision) || Math.abs(precision) > 15)
    throw new TypeError(`${value.type} cannot be rounded`);
  const method = argument(args, 1, 'method');
  const scale = 10 ** precision;
  if (isText(method) && method.value !== 'common')
    return float((method.value === 'ceil' ? Math.ceil : Math.floor)(number * scale) / scale);
  const rounded = precision > 0 ? Number(fixed(number, precision)) : halfToEven(number * scale) / scale;
  return isInteger(value) ? integer(rounded) : float(rounded);
}

function halfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

function replace(value: Value, args: Arguments, { spend }: Host): Value {
  const [old, instead] = [argument(args, 0, 'old'), argument(args, 1, 'new')];
  const count = argument(args, 2, 'count');
  if (!old || !instead) throw new TypeError('replace wants two texts');
  const positional = [old, instead].map((part) => text(printed(part, spend)));
  return call('replace', value, [...positional, ...(count ? [count] : [])], spend);
}

const call = (method: string, value: Value, positional: Value[], spend: Spend): Value =>
  TEXT_METHODS[method]!(printed(value, spend), { positional, named: new Map() }, spend);

function indent(value: Value, args: Arguments, { spend }: Host): Value {
  const width = argument(args, 0, 'width');
  const by = isText(width) ? width.value : ' '.repeat(Math.min(numberOf(width) ?? 4, WIDEST));
  const [first, blank] = [flag(args, 1, 'first'), flag(args, 2, 'blank')];
  const lines = splitLines(`${printed(value, spend)}\n`);
  return text(lines.map((line, i) => ((i ? blank || line : first) ? by + line : line)).join('\n'));
}

/** The rest is cut off at a word; a text that is longer by `leeway` stays whole. */
function truncate(value: Value, args: Arguments, { spend }: Host): Value {
  const characters = Array.from(printed(value, spend));
  const [size, leeway] = [numberOf(argument(args, 0, 'length')) ?? 255, numberOf(argument(args, 3, 'leeway')) ?? 5];
  const ending = argument(args, 2, 'end');
  const end = ending ? printed(ending, spend) : '...';
  if (characters.length <= size + leeway) return text(characters.join(''));
  const kept = characters.slice(0, size - Array.from(end).length).join('');
  const word = flag(args, 1, 'killwords') ? -1 : kept.lastIndexOf(' ');
  return text((word < 0 ? kept : kept.slice(0, word)) + end);
}

/** `"%s" | format(x)` is `"%s" % (x,)`, or of the names given. */
function format(value: Value, { positional, named }: Arguments, { spend }: Host): Value {
  if (positional.length && named.size) throw new TypeError('format takes values or names');
  const held = text(printed(value, spend));
  return percentFormatted(held as Text, named.size ? dictionary(named) : tuple(positional), spend);
}

const wordcount: Filter = (value, _args, { spend }) =>
  integer(printed(value, spend).match(/[\p{L}\p{N}_]+/gu)?.length ?? 0);

const escape: Filter = (value, _args, { spend }) => asMarkup(value, spend);

export const FILTERS: Record<string, Filter> = {
  ...LIST_FILTERS,
  tojson,
  length,
  count: length,
  string: (value, _args, { spend }) => (isText(value) ? value : text(printed(value, spend))),
  upper: asText((value) => value.toUpperCase()),
  lower: asText((value) => value.toLowerCase()),
  title: asText(titled),
  capitalize: (value, _args, { spend }) => call('capitalize', value, [], spend),
  trim: (value, args, { spend }) => {
    const characters = argument(args, 0, 'chars');
    return call('strip', value, characters ? [characters] : [], spend);
  },
  default: byDefault,
  d: byDefault,
  int: toInteger,
  float: toFloat,
  items: (value) => list(isMissing(value) ? [] : pairs(value)),
  dictsort,
  sum,
  abs: absolute,
  round,
  replace,
  indent,
  truncate,
  center: (value, args, { spend }) => call('center', value, [argument(args, 0, 'width') ?? integer(80)], spend),
  format,
  wordcount,
  attr: (value, args) => attributeOf(value, argument(args, 0, 'name') ?? MISSING),
  e: escape,
  escape,
  forceescape: (value, _args, { spend }) => escaped(printed(value, spend)),
  safe: (value, _args, { spend }) => markup(printed(value, spend)),
};

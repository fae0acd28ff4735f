/** The filters of Jinja that choose, order and group the members of a list. Those for one value are in another file. */
import type { Arguments } from './pythonText';
import type { Value } from './pythonValues';
import {
  characterAt,
  group,
  isInteger,
  isMissing,
  isNone,
  isText,
  isTrue,
  list,
  membersOf,
  MISSING,
  numberOf,
  order,
  printed,
  same,
  text,
} from './pythonValues';
import { argument, flag } from './templateArguments';
import type { Filter, Host } from './templateArguments';
import { attributeOf } from './templateAttributes';

/** Members of a row, or rows, that `batch` and `slice` may make. */
const LARGEST_ROW = 10_000;

const folded = (item: Value, exact: boolean): Value => (isText(item) && !exact ? text(item.value.toLowerCase()) : item);

/** `attribute="a.b"`, or the member itself. */
const wantedOf =
  (attribute: Value | undefined, instead?: Value) =>
  (item: Value): Value => {
    if (!attribute || isNone(attribute)) return item;
    const found = attributeOf(item, attribute);
    return isMissing(found) ? (instead ?? found) : found;
  };

function map(value: Value, args: Arguments, { filter }: Host): Value {
  const attribute = args.named.get('attribute');
  if (attribute) return list(membersOf(value).map(wantedOf(attribute, args.named.get('default'))));
  const [name, ...positional] = args.positional;
  if (!isText(name)) throw new TypeError('map wants the name of a filter');
  return list(membersOf(value).map((item) => filter(name.value, item, { positional, named: args.named })));
}

const selecting =
  (wanted: boolean, byAttribute: boolean): Filter =>
  (value, { positional, named }, { test }) => {
    const attribute = byAttribute ? positional[0] : undefined;
    const [name, ...rest] = byAttribute ? positional.slice(1) : positional;
    // a content that should be parts with pictures: its characters have none, and Python would print nothing of it
    if (byAttribute && (!attribute || isText(value))) throw new TypeError('an attribute is wanted here');
    const of = wantedOf(attribute);
    const passes = (item: Value): boolean =>
      isText(name) ? test(name.value, of(item), { positional: rest, named }) : isTrue(of(item));
    return list(membersOf(value).filter((item) => passes(item) === wanted));
  };

function unique(value: Value, args: Arguments, { spend }: Host): Value {
  const of = wantedOf(argument(args, 1, 'attribute'));
  const exact = flag(args, 0, 'case_sensitive');
  const kept: Value[] = [];
  const keys: Value[] = [];
  for (const item of membersOf(value)) {
    const key = folded(of(item), exact);
    if (keys.some((other) => same(other, key, spend))) continue;
    keys.push(key);
    kept.push(item);
  }
  return list(kept);
}

/** `attribute="a,b.c"`: by the first, then by the second. */
function sort(value: Value, args: Arguments, { spend }: Host): Value {
  const attribute = argument(args, 2, 'attribute');
  const exact = flag(args, 1, 'case_sensitive');
  const parts = isText(attribute) ? attribute.value.split(',').map(text) : [attribute];
  const keyed = membersOf(value).map((item) => ({
    item,
    key: parts.map((part) => folded(wantedOf(part)(item), exact)),
  }));
  const sign = flag(args, 0, 'reverse') ? -1 : 1;
  keyed.sort((a, b) => (spend(1), sign * order(list(a.key), list(b.key))));
  return list(keyed.map(({ item }) => item));
}

function groupby(value: Value, args: Arguments, { spend }: Host): Value {
  const attribute = argument(args, 0, 'attribute');
  if (!attribute) throw new TypeError('groupby wants an attribute');
  const of = wantedOf(attribute, argument(args, 1, 'default'));
  const exact = flag(args, 2, 'case_sensitive');
  const keyed = membersOf(value).map((item) => ({ item, name: of(item), key: folded(of(item), exact) }));
  keyed.sort((a, b) => (spend(1), order(a.key, b.key)));
  const groups: { name: Value; key: Value; items: Value[] }[] = [];
  for (const { item, name, key } of keyed) {
    const last = groups.at(-1);
    if (last && same(last.key, key, spend)) last.items.push(item);
    else groups.push({ name, key, items: [item] });
  }
  return list(groups.map(({ name, items }) => group(name, list(items))));
}

/** The least or the greatest, the first of equal ones. */
const extreme =
  (sign: number): Filter =>
  (value, args) => {
    const of = wantedOf(argument(args, 1, 'attribute'));
    const exact = flag(args, 0, 'case_sensitive');
    const key = (item: Value): Value => folded(of(item), exact);
    const members = membersOf(value);
    return members.length
      ? members.reduce((best, item) => (sign * order(key(item), key(best)) > 0 ? item : best))
      : MISSING;
  };

function sizeOf(args: Arguments, name: string): number {
  const size = argument(args, 0, name);
  const number = isInteger(size) ? numberOf(size)! : 0;
  if (number < 1 || number > LARGEST_ROW) throw new RangeError(`${name} of ${number}`);
  return number;
}

function batch(value: Value, args: Arguments): Value {
  const size = sizeOf(args, 'linecount');
  const fill = argument(args, 1, 'fill_with');
  const members = membersOf(value);
  const rows: Value[] = [];
  for (let i = 0; i < members.length; i += size) {
    const row = members.slice(i, i + size);
    const rest = fill && !isNone(fill) ? Array.from({ length: size - row.length }, () => fill) : [];
    rows.push(list([...row, ...rest]));
  }
  return list(rows);
}

function slice(value: Value, args: Arguments): Value {
  const columns = sizeOf(args, 'slices');
  const fill = argument(args, 1, 'fill_with');
  const members = membersOf(value);
  const [each, more] = [Math.floor(members.length / columns), members.length % columns];
  return list(
    Array.from({ length: columns }, (_, i) => {
      const from = i * each + Math.min(i, more);
      const row = members.slice(from, from + each + (i < more ? 1 : 0));
      return list(fill && !isNone(fill) && i >= more ? [...row, fill] : row);
    }),
  );
}

function join(value: Value, args: Arguments, { spend }: Host): Value {
  const between = argument(args, 0, 'd');
  const members = membersOf(value).map(wantedOf(argument(args, 1, 'attribute')));
  return text(members.map((item) => printed(item, spend)).join(between ? printed(between, spend) : ''));
}

function reverse(value: Value): Value {
  return isText(value) ? text(Array.from(value.value).reverse().join('')) : list([...membersOf(value)].reverse());
}

const firstOf = (value: Value): Value => {
  if (!isText(value)) return membersOf(value)[0] ?? MISSING;
  const character = characterAt(value.value, 0);
  return character === undefined ? MISSING : text(character);
};

export const LIST_FILTERS: Record<string, Filter> = {
  map,
  select: selecting(true, false),
  reject: selecting(false, false),
  selectattr: selecting(true, true),
  rejectattr: selecting(false, true),
  unique,
  sort,
  groupby,
  min: extreme(-1),
  max: extreme(1),
  batch,
  slice,
  join,
  reverse,
  first: firstOf,
  last: (value) => membersOf(value).at(-1) ?? MISSING,
  list: (value) => list([...membersOf(value)]),
};

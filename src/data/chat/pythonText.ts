/** The methods of Python's texts that templates call, where the library lacks them or differs. */
import type { Spend, Value } from './pythonValues';
import {
  boolean,
  charactersIn,
  hasOneUnitEach,
  integer,
  isNone,
  isText,
  list,
  membersOf,
  numberOf,
  printed,
  text,
  tuple,
} from './pythonValues';

/** What a method or a filter was called with. */
export interface Arguments {
  positional: Value[];
  named: Map<string, Value>;
}
export type Method = (value: string, args: Arguments, spend: Spend) => Value;

/** What Python takes for blank: JavaScript has no U+001C to U+001F and U+0085, but U+FEFF. */
const BLANK = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const IS_BLANK = new RegExp(`^[${BLANK}]$`);

/** Published templates fill up to a few. */
const WIDEST = 1000;

type Ends = 'strip' | 'lstrip' | 'rstrip';

/** Python's: blanks, or any of the characters given. */
export function strip(value: string, ends: Ends, characters?: string): string {
  const listed = characters === undefined ? undefined : new Set(characters);
  const goes = (character: string): boolean => listed?.has(character) ?? IS_BLANK.test(character);
  // a text may be long, what is taken off is short: units suffice where no character has two
  const units = hasOneUnitEach(value) ? value : Array.from(value);
  let [from, to] = [0, units.length];
  if (ends !== 'rstrip') while (from < to && goes(units[from]!)) from++;
  if (ends !== 'lstrip') while (to > from && goes(units[to - 1]!)) to--;
  return typeof units === 'string' ? units.slice(from, to) : units.slice(from, to).join('');
}

const stripping =
  (ends: Ends): Method =>
  (value, { positional: [characters] }) =>
    text(strip(value, ends, isNone(characters) ? undefined : characters && held(characters)));

function held(value: Value | undefined): string {
  if (!isText(value)) throw new TypeError('a text is wanted here');
  return value.value;
}

const capitalized = (word: string): string => {
  const [first = '', ...rest] = Array.from(word);
  return first.toUpperCase() + rest.join('').toLowerCase();
};

/** Python's: a letter after anything but a letter begins a word. */
export const titled = (value: string): string => value.replace(/\p{L}+/gu, capitalized);

/** Where a part of a text begins, in code points; -1 where it is not. */
const found =
  (search: (value: string, part: string) => number): Method =>
  (value, { positional }) => {
    if (positional.length !== 1) throw new TypeError('only a text may be searched for');
    const at = search(value, held(positional[0]));
    return integer(at < 0 ? -1 : charactersIn(value.slice(0, at)));
  };

const must =
  (find: Method): Method =>
  (value, args, spend) => {
    const at = find(value, args, spend);
    if (numberOf(at)! < 0) throw new TypeError('substring not found');
    return at;
  };

const all =
  (pattern: RegExp): Method =>
  (value) =>
    boolean(pattern.test(value));

const cut =
  (at: (value: string, separator: string) => number, missing: (value: string) => string[]): Method =>
  (value, { positional }) => {
    const separator = held(positional[0]);
    const index = separator ? at(value, separator) : -1;
    const parts =
      index < 0 ? missing(value) : [value.slice(0, index), separator, value.slice(index + separator.length)];
    return tuple(parts.map(text));
  };

/** A text, or several in a tuple. */
const atEnd =
  (holds: (value: string, part: string) => boolean): Method =>
  (value, { positional: [part] }) =>
    boolean((part?.type === 'TupleValue' ? membersOf(part) : [part]).some((one) => holds(value, held(one))));

function split(value: string, { positional, named }: Arguments, fromRight: boolean): Value {
  const separator = positional[0] ?? named.get('sep');
  const most = numberOf(positional[1] ?? named.get('maxsplit')) ?? -1;
  if (!separator || isNone(separator)) return list(wordsOf(value, most, fromRight).map(text));
  const between = held(separator);
  if (!between) throw new TypeError('empty separator');
  const parts = value.split(between);
  const spare = most < 0 ? 0 : Math.max(0, parts.length - 1 - most);
  if (fromRight) parts.splice(0, spare + 1, parts.slice(0, spare + 1).join(between));
  else if (spare) parts.splice(most, spare + 1, parts.slice(most).join(between));
  return list(parts.map(text));
}

const WORD = new RegExp(`[^${BLANK}]+`, 'g');

/** Cut at blanks; the rest beyond the last cut keeps its own. */
function wordsOf(value: string, most: number, fromRight: boolean): string[] {
  const found = Array.from(value.matchAll(WORD));
  const words = found.map(([word]) => word);
  const spare = most < 0 ? 0 : Math.max(0, found.length - most);
  if (!spare) return words;
  if (!fromRight) return [...words.slice(0, most), value.slice(found[most]!.index)];
  const last = found[spare - 1]!;
  return [value.slice(0, last.index + last[0].length), ...words.slice(spare)];
}

/** An empty text stands before each character and behind the last. */
const replaced: Method = (value, { positional: [old, instead, count] }) => {
  const [part, by] = [held(old), held(instead)];
  const most = numberOf(count) ?? -1;
  const parts = part ? value.split(part) : ['', ...Array.from(value), ''];
  if (most < 0) return text(parts.join(by));
  return text([parts.slice(0, most + 1).join(by), ...parts.slice(most + 1)].join(part));
};

/** Blanks, or another character, up to a width; `left` of them stand before. */
const filled =
  (left: (missing: number, width: number) => number): Method =>
  (value, { positional: [width, character] }) => {
    const wide = Math.min(numberOf(width) ?? 0, WIDEST);
    const missing = Math.max(0, wide - charactersIn(value));
    const sign = character ? held(character) : ' ';
    const before = left(missing, wide);
    return text(sign.repeat(before) + value + sign.repeat(missing - before));
  };

const swapped = (letter: string): string =>
  letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();

function occurrences(value: string, part: string): number {
  return part ? value.split(part).length - 1 : charactersIn(value) + 1;
}

/** Where Python's `splitlines` cuts: https://docs.python.org/3/library/stdtypes.html#str.splitlines */
const LINE_ENDS = new RegExp(`\\r\\n|[\\n\\r\\v\\f${String.fromCharCode(0x1c, 0x1d, 0x1e)}\\u0085\\u2028\\u2029]`);

export function splitLines(value: string): string[] {
  const lines = value.split(LINE_ENDS);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/**
 * `{}`, `{0}` and `{name}`.
 * @throws TypeError for what comes behind a name: an attribute, a conversion, a width
 */
const formatted: Method = (value, { positional, named }, spend) => {
  let next = 0;
  const field = (name: string): string => {
    const index = name === '' ? next++ : /^\d+$/.test(name) ? Number(name) : undefined;
    const wanted = index === undefined ? named.get(name) : positional[index];
    if (!wanted) throw new TypeError(`format has no {${name}}`);
    return printed(wanted, spend);
  };
  return text(
    value.replace(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g, (whole: string, name: string | undefined) => {
      if (name !== undefined) return field(name);
      if (whole.length === 1) throw new TypeError('a single brace in format');
      return whole[0]!;
    }),
  );
};

export const TEXT_METHODS: Record<string, Method> = {
  strip: stripping('strip'),
  lstrip: stripping('lstrip'),
  rstrip: stripping('rstrip'),
  title: (value) => text(titled(value)),
  capitalize: (value) => text(capitalized(value)),
  upper: (value) => text(value.toUpperCase()),
  lower: (value) => text(value.toLowerCase()),
  casefold: (value) => text(value.toLowerCase().replaceAll('ß', 'ss')),
  swapcase: (value) => text(value.replace(/\p{L}/gu, swapped)),
  startswith: atEnd((value, part) => value.startsWith(part)),
  endswith: atEnd((value, part) => value.endsWith(part)),
  split: (value, args) => split(value, args, false),
  rsplit: (value, args) => split(value, args, true),
  replace: replaced,
  ljust: filled(() => 0),
  rjust: filled((missing) => missing),
  // an odd rest goes left in an odd width
  center: filled((missing, width) => Math.floor(missing / 2) + (missing & width & 1)),
  find: found((value, part) => value.indexOf(part)),
  rfind: found((value, part) => value.lastIndexOf(part)),
  index: must(found((value, part) => value.indexOf(part))),
  rindex: must(found((value, part) => value.lastIndexOf(part))),
  count: (value, { positional }) => integer(occurrences(value, held(positional[0]))),
  isdigit: all(/^[\p{Nd}²³¹⁰⁴-⁹₀-₉]+$/u),
  isdecimal: all(/^\p{Nd}+$/u),
  isnumeric: all(/^\p{N}+$/u),
  isalpha: all(/^\p{L}+$/u),
  isalnum: all(/^[\p{L}\p{N}]+$/u),
  isspace: all(new RegExp(`^[${BLANK}]+$`)),
  isupper: (value) => boolean(value !== value.toLowerCase() && value === value.toUpperCase()),
  islower: (value) => boolean(value !== value.toUpperCase() && value === value.toLowerCase()),
  removeprefix: (value, { positional }) => {
    const part = held(positional[0]);
    return text(value.startsWith(part) ? value.slice(part.length) : value);
  },
  removesuffix: (value, { positional }) => {
    const part = held(positional[0]);
    return text(part && value.endsWith(part) ? value.slice(0, -part.length) : value);
  },
  partition: cut(
    (value, part) => value.indexOf(part),
    (value) => [value, '', ''],
  ),
  rpartition: cut(
    (value, part) => value.lastIndexOf(part),
    (value) => ['', '', value],
  ),
  splitlines: (value) => list(splitLines(value).map(text)),
  join: (value, { positional }) => text(membersOf(positional[0]!).map(held).join(value)),
  zfill: (value, { positional }) => {
    const sign = /^[-+]/.exec(value)?.[0] ?? '';
    const width = Math.min(numberOf(positional[0]) ?? 0, WIDEST);
    return text(sign + value.slice(sign.length).padStart(width - sign.length, '0'));
  },
  format: formatted,
};

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
    return list(parts.map(text));
  };

function occurrences(value: string, part: string): number {
  return part ? value.split(part).length - 1 : charactersIn(value) + 1;
}

/** Where Python's `splitlines` cuts: https://docs.python.org/3/library/stdtypes.html#str.splitlines */
const LINE_ENDS = new RegExp(`\\r\\n|[\\n\\r\\v\\f${String.fromCharCode(0x1c, 0x1d, 0x1e)}\\u0085\\u2028\\u2029]`);

function linesOf(value: string): string[] {
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
  find: found((value, part) => value.indexOf(part)),
  rfind: found((value, part) => value.lastIndexOf(part)),
  count: (value, { positional }) => integer(occurrences(value, held(positional[0]))),
  isdigit: all(/^[\p{Nd}²³¹⁰⁴-⁹₀-₉]+$/u),
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
  splitlines: (value) => list(linesOf(value).map(text)),
  join: (value, { positional }) => text(membersOf(positional[0]!).map(held).join(value)),
  zfill: (value, { positional }) => text(value.padStart(Math.min(numberOf(positional[0]) ?? 0, 1000), '0')),
  format: formatted,
};

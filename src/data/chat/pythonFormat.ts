/** Python's `%` of a text: https://docs.python.org/3/library/stdtypes.html#printf-style-string-formatting */
import { asMarkup, isMarkup, markup } from './pythonMarkup';
import type { Spend, Text, Value } from './pythonValues';
import { floatText, isDictionary, isInteger, isText, numberOf, printed, represented, text } from './pythonValues';

const FIELD = /%(?:\(([^)]*)\))?([-+ 0#]*)(\*|\d+)?(?:\.(\*|\d+))?[hlL]?([a-zA-Z%])|%/g;
/** Published templates pad by a few. */
const WIDEST = 1000;

/**
 * @param given a tuple: one for each field; a dictionary: by name as well; anything else: the one value
 * @throws TypeError as Python does: too many values, too few, another kind of value
 */
export function percentFormatted(format: Text, given: Value, spend: Spend): Value {
  const fields = new Fields(given, isMarkup(format), spend);
  const written = format.value.replace(FIELD, (whole, ...groups: (string | undefined)[]) =>
    fields.write(whole, groups),
  );
  fields.end();
  return isMarkup(format) ? markup(written) : text(written);
}

class Fields {
  readonly #values: Value[];
  #next = 0;

  constructor(
    readonly given: Value,
    readonly escapes: boolean,
    readonly spend: Spend,
  ) {
    this.#values = given.type === 'TupleValue' ? (given.value as Value[]) : [given];
  }

  #value(name: string | undefined): Value {
    if (name === undefined) {
      if (this.#next >= this.#values.length) throw new TypeError('not enough arguments for format string');
      return this.#values[this.#next++]!;
    }
    if (!isDictionary(this.given)) throw new TypeError('format requires a mapping');
    this.#next = this.#values.length;
    return this.given.value.get(name) ?? missing(name);
  }

  #size(written: string | undefined): number | undefined {
    const size =
      written === '*' ? numberOf(this.#value(undefined)) : written === undefined ? undefined : Number(written);
    if (size !== undefined && Math.abs(size) > WIDEST) throw new RangeError(`a width of ${size}`);
    return size;
  }

  write(whole: string, [name, flags = '', wide, exact, kind]: (string | undefined)[]): string {
    if (kind === '%') return '%';
    if (kind === undefined) throw new TypeError('incomplete format');
    const width = this.#size(wide);
    const precision = this.#size(exact);
    const body = this.#body(kind, flags, precision, this.#value(name), whole);
    return padded(body, width ?? 0, flags, !'srac'.includes(kind));
  }

  #body(kind: string, flags: string, precision: number | undefined, value: Value, whole: string): string {
    if ('sra'.includes(kind)) return cut(this.#text(kind, value), precision);
    if (kind === 'c') return isText(value) ? value.value : String.fromCodePoint(numberOf(value) ?? NaN);
    const number = numberOf(value);
    if (number === undefined) throw new TypeError(`${whole} wants a number`);
    const digits = numberText(kind, Math.abs(number), flags, precision, isInteger(value));
    const negative = number < 0 || Object.is(number, -0);
    return (negative && digits !== 'nan' ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '') + digits;
  }

  #text(kind: string, value: Value): string {
    if (kind === 's') return printed(this.escapes ? asMarkup(value, this.spend) : value, this.spend);
    return represented(value, this.spend);
  }

  /** A list or a dictionary may be left over, as in Python. */
  end(): void {
    const spare = this.#next < this.#values.length;
    if (spare && (this.given.type === 'TupleValue' || !(isDictionary(this.given) || this.given.type === 'ArrayValue')))
      throw new TypeError('not all arguments converted during string formatting');
  }
}

function missing(name: string): never {
  throw new TypeError(`nothing is named ${name}`);
}

const cut = (value: string, precision: number | undefined): string =>
  precision === undefined ? value : Array.from(value).slice(0, precision).join('');

function numberText(kind: string, value: number, flags: string, precision: number | undefined, whole: boolean): string {
  const lower = kind.toLowerCase();
  const written =
    lower in BASES ? wholeText(lower, value, flags, precision, whole) : fractionText(lower, value, precision);
  return kind === lower ? written : written.toUpperCase();
}

const BASES: Record<string, number> = { d: 10, i: 10, u: 10, x: 16, o: 8 };
const PREFIXES: Record<string, string> = { x: '0x', o: '0o' };

function wholeText(kind: string, value: number, flags: string, precision: number | undefined, whole: boolean): string {
  if (!whole && BASES[kind] !== 10 && !Number.isInteger(value)) throw new TypeError(`%${kind} wants a whole number`);
  const digits = BigInt(Math.trunc(value))
    .toString(BASES[kind])
    .padStart(precision ?? 0, '0');
  return (flags.includes('#') ? (PREFIXES[kind] ?? '') : '') + digits;
}

function fractionText(kind: string, value: number, precision = 6): string {
  if (!Number.isFinite(value)) return floatText(value);
  if (kind === 'f')
    return value >= 1e21 ? BigInt(value).toString() + fraction(precision) : fixed(value, Math.min(precision, 40));
  if (kind === 'e') return exponent(value.toExponential(Math.min(precision, 100)));
  if (kind !== 'g') throw new TypeError(`unsupported format character %${kind}`);
  const digits = Math.min(precision || 1, 100);
  const power = Number(value.toExponential(digits - 1).split('e')[1]);
  if (power >= -4 && power < digits) return withoutZeros(value.toFixed(Math.max(0, digits - 1 - power)));
  const [head, tail] = value.toExponential(digits - 1).split('e') as [string, string];
  return exponent(`${withoutZeros(head)}e${tail}`);
}

/** `toFixed` is exact, but takes a half up in size: here it goes to the even digit. */
export function fixed(value: number, precision: number): string {
  const finer = value.toFixed(precision + 60);
  const [head, tail] = [finer.slice(0, -60), finer.slice(-60)];
  const even = /^50*$/.test(tail) && Number(/\d(?=\.?$)/.exec(head)![0]) % 2 === 0;
  return even ? head.replace(/\.$/, '') : value.toFixed(precision);
}

const fraction = (precision: number): string => (precision ? `.${'0'.repeat(precision)}` : '');
const withoutZeros = (digits: string): string => (digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits);
/** Two digits at least. */
const exponent = (written: string): string =>
  written.replace(/e([-+])(\d)$/, (_whole, sign: string, digit: string) => `e${sign}0${digit}`);

function padded(body: string, width: number, flags: string, numeric: boolean): string {
  const missing = ' '.repeat(Math.max(0, Math.abs(width) - Array.from(body).length));
  if (width < 0 || flags.includes('-')) return body + missing;
  if (!numeric || !flags.includes('0')) return missing + body;
  const head = /^[-+ ]?(0[xo])?/i.exec(body)![0];
  return head + missing.replaceAll(' ', '0') + body.slice(head.length);
}

// Reads a number as a person types it. Both languages of the page write 1,234.5; a comma as decimal point is read where
// it can mean nothing else. What has two readings is given back with both.
// How languages group digits: https://cldr.unicode.org/translation/number-currency-formats/number-symbols

export interface NumberRange {
  min: number;
  max: number;
  integer: boolean;
}

/** The number, or the readings that the range allows where it is not certain; neither where it is none. */
export interface NumberRead {
  value?: number;
  either?: readonly number[];
}

/** Separators of thousands that mean nothing else: blanks, also no-break and thin ones, apostrophes. */
const BLANKS = /[\s\u00a0\u2009\u202f'’]/gu;
/** Chinese counts in ten thousands: 3.4万 is 34,000. */
const ZH_POWERS: Record<string, number> = { 万: 4, 萬: 4, 亿: 8, 億: 8 };
const SHAPE = /^([+-]?)([\d.,]+?)(?:e([+-]?\d{1,4}))?([万萬亿億]?)$/iu;
const GROUPED_BY_BLANKS = /^[+-]?[1-9]\d{0,2}(?:[\s\u00a0\u2009\u202f'’]\d{3})+(?:[.,]\d*)?$/u;

/** The number of a text in that range. */
export function readNumber(text: string, range: NumberRange): NumberRead {
  const { page, other, grouped = false } = readings(text);
  const good = [page, other].filter((n) => n !== undefined && fits(n, range)) as number[];
  if (page !== undefined && good[0] === page && (good.length === 1 || grouped)) return { value: page };
  return good.length > 0 ? { either: good.toSorted((a, b) => a - b) } : {};
}

const fits = (n: number, { min, max, integer }: NumberRange): boolean =>
  Number.isFinite(n) && n >= min && n <= max && (!integer || Number.isInteger(n));

interface Readings<N> {
  /** As the page's language writes it. */
  page?: N | undefined;
  /** As another language would. */
  other?: N | undefined;
  /** The page's reading has its separators of thousands, so it is the one that is meant. */
  grouped?: boolean;
}

function readings(text: string): Readings<number> {
  const plain = halfWidth(text).trim();
  const bare = plain.replace(/\s*(?=[万萬亿億]$)/u, '');
  const joined = bare.replace(BLANKS, '');
  if (joined !== bare && !GROUPED_BY_BLANKS.test(bare)) return {};
  const [, sign = '', digits = '', exponent = '0', unit = ''] = SHAPE.exec(joined) ?? [];
  const power = Number(exponent) + (ZH_POWERS[unit] ?? 0);
  const number = (written: string | undefined): number | undefined =>
    written === undefined ? undefined : Number(`${sign}${written}e${power}`);
  const { page, other, grouped = false } = digitsOf(digits);
  return { page: number(page), other: number(other), grouped };
}

/**
 * Full-width forms become ASCII, as NFKC does it: but NFKC would also read 10² as 102, so nothing else is changed.
 * Chinese keyboards write 。 where others have the point.
 */
const halfWidth = (text: string): string =>
  text
    .replace(/[\uff01-\uff5e]/gu, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .replaceAll('。', '.')
    .replaceAll('\u2212', '-');

/** Digits with points and commas, as JavaScript writes them. */
function digitsOf(text: string): Readings<string> {
  const byComma = grouped(text, ',', '.');
  const byPoint = grouped(text, '.', ',');
  const point = /^(?:\d+\.?\d*|\.\d+)$/.test(text) ? text : undefined;
  const comma = /^(?:\d+,?\d*|,\d+)$/.test(text) ? text.replace(',', '.') : undefined;
  if (byComma !== undefined) return { page: byComma, other: comma, grouped: true };
  if (byPoint !== undefined) return point === undefined ? { page: byPoint } : { page: point, other: byPoint };
  return { page: point ?? comma };
}

/** A number whose thousands are separated; what begins with 0 has none: 0,125 is a share of one. */
function grouped(text: string, separator: string, point: string): string | undefined {
  const shape = new RegExp(`^[1-9]\\d{0,2}(?:\\${separator}\\d{3})+(?:\\${point}\\d*)?$`);
  return shape.test(text) ? text.replaceAll(separator, '').replace(point, '.') : undefined;
}

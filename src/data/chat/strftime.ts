/**
 * Python's `strftime` for the date that a template asks for, in English.
 * https://docs.python.org/3/library/datetime.html#format-codes
 */

const DAY = 24 * 60 * 60 * 1000;

const padded = (value: number, length = 2, fill = '0'): string => String(value).padStart(length, fill);
const named = (date: Date, options: Intl.DateTimeFormatOptions): string => date.toLocaleDateString('en-US', options);
const hourOfTwelve = (date: Date): number => date.getHours() % 12 || 12;
const dayOfYear = (date: Date): number =>
  (Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) - Date.UTC(date.getFullYear(), 0, 1)) / DAY + 1;
/** The week of the year, where `first` begins one (0 is Sunday). */
const weekOfYear = (date: Date, first: number): number =>
  Math.floor((dayOfYear(date) + 6 - ((date.getDay() - first + 7) % 7)) / 7);

/** The year and week of ISO 8601: those of the week's Thursday. */
function isoWeek(date: Date): [year: number, week: number] {
  const thursday = new Date(date.getFullYear(), date.getMonth(), date.getDate() + 3 - ((date.getDay() + 6) % 7));
  return [thursday.getFullYear(), Math.ceil(dayOfYear(thursday) / 7)];
}

const DIRECTIVES: Record<string, (date: Date) => string> = {
  a: (date) => named(date, { weekday: 'short' }),
  A: (date) => named(date, { weekday: 'long' }),
  b: (date) => named(date, { month: 'short' }),
  h: (date) => named(date, { month: 'short' }),
  B: (date) => named(date, { month: 'long' }),
  d: (date) => padded(date.getDate()),
  e: (date) => padded(date.getDate(), 2, ' '),
  m: (date) => padded(date.getMonth() + 1),
  y: (date) => padded(date.getFullYear() % 100),
  Y: (date) => String(date.getFullYear()),
  C: (date) => padded(Math.floor(date.getFullYear() / 100)),
  G: (date) => String(isoWeek(date)[0]),
  V: (date) => padded(isoWeek(date)[1]),
  j: (date) => padded(dayOfYear(date), 3),
  U: (date) => padded(weekOfYear(date, 0)),
  W: (date) => padded(weekOfYear(date, 1)),
  w: (date) => String(date.getDay()),
  u: (date) => String(date.getDay() || 7),
  H: (date) => padded(date.getHours()),
  k: (date) => padded(date.getHours(), 2, ' '),
  I: (date) => padded(hourOfTwelve(date)),
  l: (date) => padded(hourOfTwelve(date), 2, ' '),
  M: (date) => padded(date.getMinutes()),
  S: (date) => padded(date.getSeconds()),
  f: (date) => padded(date.getMilliseconds() * 1000, 6),
  p: (date) => (date.getHours() < 12 ? 'AM' : 'PM'),
  P: (date) => (date.getHours() < 12 ? 'am' : 'pm'),
  // the date has no zone, as Python's `datetime.now()`
  z: () => '',
  Z: () => '',
  n: () => '\n',
  t: () => '\t',
  '%': () => '%',
};
/** Directives that stand for several. */
const COMPOSED: Record<string, string> = {
  c: '%a %b %e %H:%M:%S %Y',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  T: '%H:%M:%S',
  R: '%H:%M',
  r: '%I:%M:%S %p',
};

/** A dash leaves out what fills a number up. */
export function strftime(date: Date, format: string): string {
  return format.replace(/%(-?)([a-zA-Z%])/g, (whole: string, dash: string, letter: string) => {
    const composed = COMPOSED[letter];
    const written = composed === undefined ? DIRECTIVES[letter]?.(date) : strftime(date, composed);
    if (written === undefined) return whole;
    return dash ? written.replace(/^[0 ]+(?=.)/, '') : written;
  });
}

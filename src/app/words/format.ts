// Numbers, sizes and times as text, by Intl. Sentences are messages, not here.
import type { Language } from './keys';

/** Numbers, sizes and times as a person reads them in one language. Every method gives `–` for what isn't known. */
export interface Format {
  /** 12,345 */
  integer(value: number | undefined): string;
  /** A few significant digits: 0.0123, 1.5, 128 */
  number(value: number | undefined, significant?: number): string;
  /** 1.2 k, 3.4 M; in Chinese 1.2万 */
  compact(value: number | undefined): string;
  /** A loss in nats: 2.317; of a run that diverges 2.6e13 */
  loss(value: number | undefined): string;
  /** A share of 1 as per cent: 41.2% */
  percent(share: number | undefined, digits?: number): string;
  /** A learning rate: 3e-4 */
  rate(value: number | undefined): string;
  /** Bytes in decimal units, as disks and browsers count them: 412 MB */
  bytes(value: number | undefined): string;
  /** Milliseconds: 3 min 20 s */
  duration(milliseconds: number | undefined): string;
  /** Milliseconds in one unit, for estimates: 6 minutes */
  about(milliseconds: number | undefined): string;
  /** A moment: Nov 23, 2026, 4:12 PM */
  dateTime(time: number | undefined): string;
  /** A day, in UTC: Nov 23, 2026 */
  day(time: number | undefined): string;
  /** Names in a row: a, b and c */
  list(items: readonly string[]): string;
}

const LOCALES: Record<Language, string> = { en: 'en', zh: 'zh-Hans-CN' };
const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];
const UNKNOWN = '–';
/** From here on three decimals say nothing, and do not fit beside an axis. */
const LONG_LOSS = 1000;

interface TimeWords {
  day: string;
  hour: string;
  minute: string;
  second: string;
  millisecond: string;
  /** Between a number and its unit, and between two parts. */
  space: string;
}
const TIME_WORDS: Record<Language, TimeWords> = {
  en: { day: 'd', hour: 'h', minute: 'min', second: 's', millisecond: 'ms', space: ' ' },
  zh: { day: '天', hour: '小时', minute: '分', second: '秒', millisecond: '毫秒', space: '' },
};

/** Intl objects are slow to make, so one set per language is kept. */
const made = new Map<Language, Format>();
export function formatFor(language: Language): Format {
  const known = made.get(language);
  if (known) return known;
  const format = build(language);
  made.set(language, format);
  return format;
}

function build(language: Language): Format {
  const locale = LOCALES[language];
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const three = new Intl.NumberFormat(locale, { minimumFractionDigits: 3, maximumFractionDigits: 3 });
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  const list = new Intl.ListFormat(locale, { type: 'conjunction' });
  const digits = memo((n: number) => new Intl.NumberFormat(locale, { maximumSignificantDigits: n }));
  const percent = memo(
    (n: number) =>
      new Intl.NumberFormat(locale, { style: 'percent', minimumFractionDigits: n, maximumFractionDigits: n }),
  );
  const known = (value: number | undefined, write: (value: number) => string): string => {
    if (value === undefined || Number.isNaN(value)) return UNKNOWN;
    return Number.isFinite(value) ? write(value) : value > 0 ? '∞' : '−∞';
  };
  return {
    integer: (value) => known(value, (v) => whole.format(v)),
    number: (value, significant = 3) => known(value, (v) => digits(significant).format(v)),
    compact: (value) => known(value, (v) => compact(v, language, digits(3))),
    loss: (value) => known(value, (v) => (Math.abs(v) < LONG_LOSS ? three.format(v) : scientific(v))),
    percent: (share, n = 1) => known(share, (v) => percent(n).format(v)),
    rate: (value) => known(value, scientific),
    bytes: (value) => known(value, (v) => bytes(v, digits(3))),
    duration: (milliseconds) => known(milliseconds, (v) => duration(v, TIME_WORDS[language], whole)),
    about: (milliseconds) => known(milliseconds, (v) => about(v, locale)),
    dateTime: (time) => known(time, (v) => moment.format(v)),
    day: (time) => known(time, (v) => day.format(v)),
    list: (items) => list.format(items),
  };
}

function memo<V>(make: (n: number) => V): (n: number) => V {
  const values = new Map<number, V>();
  return (n) => {
    const value = values.get(n) ?? make(n);
    values.set(n, value);
    return value;
  };
}

/** Chinese counts in ten thousands, which Intl knows; English gets the SI letters with a space, not Intl's `1.2K`. */
function compact(value: number, language: Language, three: Intl.NumberFormat): string {
  if (language === 'zh') {
    return new Intl.NumberFormat(LOCALES.zh, { notation: 'compact', maximumSignificantDigits: 3 }).format(value);
  }
  // 999.5 would round to 1000 with three digits, so it belongs to the next letter already.
  const steps = ['', 'k', 'M', 'G', 'T'];
  let power = 0;
  let scaled = value;
  while (Math.abs(scaled) >= 999.5 && power < steps.length - 1) {
    scaled /= 1000;
    power++;
  }
  return power === 0 ? three.format(scaled) : `${three.format(scaled)}\u00a0${steps[power]}`;
}

function bytes(value: number, three: Intl.NumberFormat): string {
  let power = 0;
  let scaled = value;
  while (Math.abs(scaled) >= 999.5 && power < BYTE_UNITS.length - 1) {
    scaled /= 1000;
    power++;
  }
  return `${three.format(scaled)}\u00a0${BYTE_UNITS[power]}`;
}

/** Rates range over many powers of ten, so all are written alike: 0.003 is 3e-3. */
function scientific(value: number): string {
  if (value === 0) return '0';
  const [mantissa = '', exponent = ''] = value.toExponential(2).split('e');
  return `${Number(mantissa)}e${Number(exponent)}`;
}

/** The two largest parts only: seconds do not matter beside hours. */
function duration(milliseconds: number, words: TimeWords, whole: Intl.NumberFormat): string {
  const part = (value: number, unit: string): string => `${whole.format(value)}${words.space && '\u00a0'}${unit}`;
  if (milliseconds < 1000) return part(Math.round(milliseconds), words.millisecond);
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return part(seconds, words.second);
  const join = (...parts: string[]): string => parts.join(words.space);
  if (seconds < 3600) return join(part(Math.floor(seconds / 60), words.minute), part(seconds % 60, words.second));
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return join(part(Math.floor(minutes / 60), words.hour), part(minutes % 60, words.minute));
  const hours = Math.round(minutes / 60);
  return join(part(Math.floor(hours / 24), words.day), part(hours % 24, words.hour));
}

/** Units of time in seconds; each from one and a half of itself on. */
const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

function about(milliseconds: number, locale: string): string {
  const seconds = milliseconds / 1000;
  const [unit, size] = UNITS.find(([, size]) => seconds >= 1.5 * size) ?? (['second', 1] as const);
  const options = { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 0 } as const;
  return new Intl.NumberFormat(locale, options).format(Math.max(1, seconds / size));
}

// Which encoding the bytes of a text are in, where they are not UTF-8: statistics propose, strict decoding disposes.
import { analyse } from 'chardet';
import type { TextEncoding } from '../../base/records/encodings';
import { utf8Bytes } from './unicode';

/** What the statistics call encodings that TextDecoder knows by another label, or reads as a part of a larger one. */
const LABELS: Readonly<Record<string, TextEncoding>> = {
  GB18030: 'gb18030',
  Big5: 'big5',
  Shift_JIS: 'shift_jis',
  'EUC-JP': 'euc-jp',
  'EUC-KR': 'euc-kr',
  'ISO-2022-JP': 'iso-2022-jp',
  'ISO-8859-1': 'windows-1252',
  'ISO-8859-2': 'iso-8859-2',
  'ISO-8859-5': 'iso-8859-5',
  'ISO-8859-6': 'windows-1256',
  'ISO-8859-7': 'windows-1253',
  'ISO-8859-8': 'windows-1255',
  'ISO-8859-9': 'windows-1254',
  'windows-1250': 'windows-1250',
  'windows-1251': 'windows-1251',
  'windows-1252': 'windows-1252',
  'windows-1253': 'windows-1253',
  'windows-1254': 'windows-1254',
  'windows-1255': 'windows-1255',
  'windows-1256': 'windows-1256',
  'KOI8-R': 'koi8-r',
};

/** Bytes of the four-byte characters of GB18030 at most: a sample may end inside one. */
const LONGEST_CHARACTER = 4;

/** Controls of ISO 8859 and characters of nobody's: what a wrong reading gives. */
const UNLIKELY = /[\u0080-\u009F\uE000-\uF8FF\uFFFD]/;

/** Bytes that statistics are made of. */
const STATISTICS = 16 * 1024;

/** What most files in Latin letters are that are too short for statistics. */
const USUAL: TextEncoding = 'windows-1252';

/**
 * The likeliest encoding of bytes that are not UTF-8 throughout; undefined where it is damaged UTF-8, or none reads it.
 * @param whole The text ends with the sample, so that its last character is whole
 */
export function guessEncoding(sample: Uint8Array, whole: boolean): TextEncoding | undefined {
  if (mostlyUtf8(sample)) return undefined;
  const labels = [...analyse(otherLines(sample)).map(({ name }) => LABELS[name]), USUAL];
  return labels.find((label) => label !== undefined && reads(label, sample, whole));
}

/** The lines that are not ASCII throughout: the others would hide in which language these are. */
function otherLines(sample: Uint8Array): Uint8Array {
  const kept: number[] = [];
  for (let start = 0; start < sample.length && kept.length < STATISTICS;) {
    const end = sample.indexOf(0x0a, start) + 1 || sample.length;
    const line = sample.subarray(start, end);
    if (line.some((byte) => byte >= 0x80)) kept.push(...line.subarray(0, STATISTICS));
    start = end;
  }
  return Uint8Array.from(kept);
}

/**
 * Sound bytes of UTF-8 for each bad one: Big5 has as many of both by chance, GB18030 fewer, damaged UTF-8 many more.
 */
const LEAST_SOUND = 3;

function mostlyUtf8(sample: Uint8Array): boolean {
  const { sound, bad } = utf8Bytes(sample);
  return sound > LEAST_SOUND * bad;
}

function reads(label: TextEncoding, sample: Uint8Array, whole: boolean): boolean {
  const decoder = new TextDecoder(label, { fatal: true });
  try {
    const text = decoder.decode(sample, { stream: true }) + (whole ? decoder.decode() : '');
    return text.length > 0 && !UNLIKELY.test(text.slice(0, -LONGEST_CHARACTER) || text);
  } catch {
    return false;
  }
}

/** ISO-2022-JP is ASCII that changes its meaning between these escapes, so that it passes for UTF-8. */
export function looksIso2022(bytes: Uint8Array): boolean {
  const at = bytes.indexOf(0x1b);
  return at >= 0 && bytes[at + 1] === 0x24 && (bytes[at + 2] === 0x40 || bytes[at + 2] === 0x42);
}

/** Which side of most pairs of bytes is a zero beside a letter of Latin: UTF-16 that lost its mark. */
export function utf16Side(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  const pairs = Math.min(bytes.length, 4096) >> 1;
  let [big, little] = [0, 0];
  for (let i = 0; i < 2 * pairs; i += 2) {
    if (bytes[i] === 0 && isPrintable(bytes[i + 1]!)) big++;
    if (bytes[i + 1] === 0 && isPrintable(bytes[i]!)) little++;
  }
  if (pairs < 2 || Math.max(big, little) <= UTF16_SHARE * pairs || Math.min(big, little) >= 0.02 * pairs)
    return undefined;
  return big > little ? 'utf-16be' : 'utf-16le';
}

const isPrintable = (byte: number): boolean => (byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d);

/** More than this share of the pairs are such; Chinese in UTF-16 has few, and its mark. */
const UTF16_SHARE = 0.3;

// What kind a file is, told by its content: its first bytes, then a look at its text. Its ending only breaks ties.
import { AtelierError } from '../../base/errors/errors';
import type { TextFormat } from '../../base/records/textFormats';
import { listZip } from '../zip';
import type { FileHead, TextSource } from './format';
import { TEXT_READERS } from './formats';
import { MOST_FILES, officeKind } from './office';
import { bytesOf, headText, SAMPLE } from './textFile';

/** The bytes that a word of ASCII and what stands behind it are: a text may begin with the word alone. */
const ascii = (word: string): number[] => Array.from(word, (character) => character.charCodeAt(0));

/** First bytes of kinds that hold no text that is read here, and what a person calls them. */
const OTHERS: readonly [bytes: readonly number[], name: string][] = [
  [[0xd0, 0xcf, 0x11, 0xe0], 'Office 97–2003'],
  [[0x89, 0x50, 0x4e, 0x47], 'PNG'],
  [[0xff, 0xd8, 0xff], 'JPEG'],
  [[0x47, 0x49, 0x46, 0x38], 'GIF'],
  [[0x52, 0x49, 0x46, 0x46], 'RIFF'],
  [[0x1f, 0x8b], 'gzip'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'Zstandard'],
  [[0x42, 0x5a, 0x68], 'bzip2'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'xz'],
  [[0x37, 0x7a, 0xbc, 0xaf], '7z'],
  [ascii('Rar!\x1a\x07'), 'RAR'],
  [ascii('SQLite format 3\0'), 'SQLite'],
  [ascii('ARROW1\0\0'), 'Arrow'],
  [[0x7b, 0x5c, 0x72, 0x74, 0x66], 'RTF'],
  [[0x7f, 0x45, 0x4c, 0x46], 'ELF'],
];

/** PK, and the number of the part that a zip begins with. */
const ZIPS = [ascii('PK\x03\x04'), ascii('PK\x05\x06'), ascii('PK\x07\x08')];

/** Documents that are zips too, by a part that they have. */
const OTHER_ZIPS: readonly [part: string, name: string][] = [
  ['ppt/presentation.xml', 'PowerPoint'],
  ['content.xml', 'OpenDocument'],
  ['AndroidManifest.xml', 'Android'],
];

/** @throws format-binary, and what `listZip` throws */
async function zipKind(source: TextSource): Promise<TextFormat> {
  const paths = (await listZip(await source.buffer(), source.name, MOST_FILES)).map(({ path }) => path);
  const other = OTHER_ZIPS.find(([part]) => paths.includes(part));
  if (other) throw new AtelierError('format-binary', { file: source.name, kind: other[1] });
  return officeKind(paths) ?? 'zip';
}

/** Letters alone, as RIFF, at the head of a text: they are its first word. */
const isWordOf = ({ text }: FileHead, bytes: readonly number[]): boolean =>
  text !== '' && /^[a-z]+$/i.test(String.fromCharCode(...bytes));

/** The beginning of a file, with its characters where it is a text. */
async function headOf(source: TextSource): Promise<FileHead> {
  const bytes = await firstBytes(source);
  const whole = bytes.length >= source.byteLength;
  return { name: source.name.toLowerCase(), bytes, text: headText(bytes, whole), whole };
}

async function firstBytes(source: TextSource): Promise<Uint8Array> {
  const head = new Uint8Array(Math.min(SAMPLE, source.byteLength));
  let filled = 0;
  for await (const chunk of bytesOf(source.stream())) {
    head.set(chunk.subarray(0, head.length - filled), filled);
    filled += chunk.length;
    if (filled >= head.length) break;
  }
  return head.subarray(0, filled);
}

/**
 * The format of a file.
 * @throws format-binary where it is of a kind that holds no text
 */
export async function formatOf(source: TextSource): Promise<TextFormat> {
  const head = await headOf(source);
  if (ZIPS.some((zip) => zip.every((byte, i) => head.bytes[i] === byte))) return zipKind(source);
  const other = OTHERS.find(([bytes]) => bytes.every((byte, i) => head.bytes[i] === byte) && !isWordOf(head, bytes));
  if (other) throw new AtelierError('format-binary', { file: source.name, kind: other[1] });
  const begun = Object.values(TEXT_READERS).find((reader) => reader.begins?.(head));
  return begun?.name ?? endingOf(head) ?? 'txt';
}

/** Told by their first bytes alone. */
const BINARY = new Set<TextFormat>(['parquet', 'pdf', 'docx', 'xlsx', 'epub']);

/** What the ending says; undefined where it says nothing. */
function endingOf(head: FileHead): TextFormat | undefined {
  const texts = Object.values(TEXT_READERS).filter(({ name: format }) => !BINARY.has(format));
  const named = texts.find(({ endings }) => endings.some((ending) => head.name.endsWith(ending)));
  return named?.refutes?.(head) ? undefined : named?.name;
}

// What Word, Excel and EPUB files have in common: they are zips of a known layout, which is checked before a library
// unpacks them.
import type { Detail } from '../../base/errors/details';
import { AtelierError } from '../../base/errors/errors';
import type { AsyncBuffer } from '../../base/numbers/asyncBuffer';
import { listZip, type ZipFile } from '../zip';
import type { TextSource } from './format';

/** Bytes that a document unpacks to, since libraries unpack it in memory. */
export const LARGEST_DOCUMENT = 256 * 1024 * 1024;

/** Files of one zip of texts. */
export const MOST_FILES = 20_000;

/** A file at whose fields a library stumbles, instead of naming the fault. */
const GARBLED: Detail = 'garbled';

/** What a library says of a broken document, as a part of a sentence. */
export const brokenDetail = (thrown: unknown): string =>
  thrown instanceof TypeError || thrown instanceof RangeError
    ? GARBLED
    : (thrown instanceof Error ? thrown.message : String(thrown)).slice(0, 160).replace(/[.\s]+$/, '');

/** What the parts of a zip make it; undefined for any other archive. */
export function officeKind(paths: readonly string[]): 'docx' | 'xlsx' | 'epub' | undefined {
  if (paths.includes('word/document.xml')) return 'docx';
  if (paths.includes('xl/workbook.xml')) return 'xlsx';
  return paths.includes('META-INF/container.xml') ? 'epub' : undefined;
}

/**
 * The parts of a document, none of which says less than it unpacks to.
 * @throws document-large, and what `listZip` and the opening of its files throw
 */
export async function documentParts(source: TextSource): Promise<{ buffer: AsyncBuffer; parts: Map<string, ZipFile> }> {
  const buffer = await source.buffer();
  const parts = await listZip(buffer, source.name);
  const size = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (size > LARGEST_DOCUMENT)
    throw new AtelierError('document-large', { file: source.name, size, limit: LARGEST_DOCUMENT });
  return { buffer, parts: new Map(parts.map((part) => [part.path, part])) };
}

/** All bytes of a document, once each of its parts was unpacked and agrees with its checksum. */
export async function checkedDocument(source: TextSource): Promise<ArrayBuffer> {
  const { buffer, parts } = await documentParts(source);
  for (const part of parts.values()) await part.open();
  return buffer.slice(0);
}

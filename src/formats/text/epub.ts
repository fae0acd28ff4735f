// Books (.epub) as a text format: the chapters in the order of the spine, each a page of XHTML.
import { Parser } from 'htmlparser2';
import { AtelierError } from '../../base/errors/errors';
import { TEXT_ENDINGS } from '../../base/records/textFormats';
import type { ZipFile } from '../zip';
import type { TextReader, TextSource } from './format';
import { htmlParagraphs } from './html';
import { documentParts } from './office';

async function* epubRows(source: TextSource): AsyncGenerator<string> {
  const { parts } = await documentParts(source);
  const file = source.name;
  const container = await elementsOf(parts.get('META-INF/container.xml'), file, 'META-INF/container.xml');
  const root = container.find(({ name }) => name === 'rootfile')?.attributes['full-path'] ?? '';
  const book = await elementsOf(parts.get(root), file, root);
  const locked = await lockedPaths(parts, file);
  const items = new Map(book.filter(({ name }) => name === 'item').map(({ attributes: a }) => [a['id'], a['href']]));
  for (const { name, attributes } of book) {
    const href = name === 'itemref' ? items.get(attributes['idref']) : undefined;
    if (href === undefined) continue;
    const path = pathFrom(root, href);
    if (locked.has(path)) throw new AtelierError('epub-locked', { file, entry: path });
    yield* htmlParagraphs([await textOf(parts.get(path), file, path)], true);
  }
}

interface XmlElement {
  name: string;
  attributes: Readonly<Record<string, string | undefined>>;
}

/** The elements of an XML file in order, without the prefixes of their names. */
async function elementsOf(part: ZipFile | undefined, file: string, path: string): Promise<XmlElement[]> {
  const elements: XmlElement[] = [];
  const onopentag = (name: string, attributes: Record<string, string>): void =>
    void elements.push({ name: name.replace(/^.*:/, ''), attributes });
  const parser = new Parser({ onopentag }, { xmlMode: true });
  parser.end(await textOf(part, file, path));
  return elements;
}

/** @throws document-broken where the book names a part that it does not hold */
async function textOf(part: ZipFile | undefined, file: string, path: string): Promise<string> {
  if (!part) throw new AtelierError('document-broken', { file, detail: path });
  const bytes = await (await part.open()).slice(0);
  const big = new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength));
  return new TextDecoder(
    big[0] === 0xfe && big[1] === 0xff ? 'utf-16be' : big[0] === 0xff ? 'utf-16le' : 'utf-8',
  ).decode(bytes);
}

/** Chapters that only the shop's reader opens; fonts are often scrambled too, which harms no text. */
async function lockedPaths(parts: ReadonlyMap<string, ZipFile>, file: string): Promise<Set<string>> {
  const path = 'META-INF/encryption.xml';
  const part = parts.get(path);
  const elements = part ? await elementsOf(part, file, path) : [];
  return new Set(elements.flatMap(({ name, attributes: { URI } }) => (name === 'CipherReference' && URI ? [URI] : [])));
}

/** A path of the zip, for a reference that stands in the file `from`. */
function pathFrom(from: string, href: string): string {
  const { pathname } = new URL(href, `file:///${from}`);
  return decodeURIComponent(pathname).slice(1);
}

export const epubFormat: TextReader = { name: 'epub', endings: TEXT_ENDINGS.epub, prose: true, read: epubRows };

// Files of any kind as the rows of one dataset: one file, a zip of some, or several that were chosen together.
import { AtelierError } from '../../base/errors/errors';
import type { ReadFile } from '../../base/records/dataset';
import type { TextFormat } from '../../base/records/textFormats';
import { listZip, type ZipFile } from '../zip';
import { joinedDays, type KnownFile } from './dayFiles';
import { formatOf } from './detect';
import type { RowBatch, TextFound, TextSource } from './format';
import { TEXT_READERS } from './formats';
import { MOST_FILES } from './office';
import { RowNotes } from './rowNotes';
import { textRows } from './rows';

/** Files that are named one by one in what is told of an import. */
const MOST_NAMED = 200;
/**
 * Bytes that an entry may unpack to for each byte that it has, and from which size on this is asked: texts reach 20.
 */
const MOST_RATIO = 200;
const SMALL = 16 * 1024 * 1024;

/**
 * The rows of a file, in batches. Those of a zip have the name of their file as `source`.
 * @throws what `formatOf`, the readers and `listZip` throw, zip-ratio
 */
export const rowsOfFile = (source: TextSource, format: TextFormat, found: TextFound): AsyncIterable<RowBatch> =>
  format === 'zip' || format === 'files' ? rowsOfZip(source, found) : textRows(source, format, found);

async function* rowsOfZip(source: TextSource, found: TextFound): AsyncGenerator<RowBatch> {
  yield* rowsOfFiles(await zippedFiles(source), found);
}

/**
 * The rows of several files, tables and lists first: what those hold is what the dataset holds. A file that cannot be
 * read is set aside like a row; where all are, the first one's error is thrown.
 * @throws those of `rowsOfFile`, text-empty
 */
export async function* rowsOfFiles(sources: readonly TextSource[], found: TextFound): AsyncGenerator<RowBatch> {
  const notes = (found.notes ??= new RowNotes());
  const files: ReadFile[] = (found.files = []);
  let refusal: AtelierError | undefined;
  let any = false;
  const refused = (thrown: unknown): void => {
    if (!(thrown instanceof AtelierError) || thrown.code === 'cancelled' || thrown.code.startsWith('hub-'))
      throw thrown;
    refusal ??= thrown;
    notes.setAside(thrown, '');
  };
  for (const { source, format } of await inOrder(sources, refused)) {
    const inner: TextFound = { notes, ...(found.choices && { choices: found.choices }) };
    let rows = 0;
    try {
      for await (const batch of fileRows(source, format, inner)) {
        rows += batch.length;
        yield batch.map(({ row, facts }) => ({ row, facts: { ...facts, source: source.name } }));
      }
    } catch (thrown) {
      refused(thrown);
    }
    any ||= rows > 0;
    found.encoding ??= inner.encoding;
    found.talk ??= inner.talk;
    if (files.length < MOST_NAMED)
      files.push({ name: source.name, format, rows, ...(inner.encoding && { encoding: inner.encoding }) });
  }
  if (!any) throw refusal ?? new AtelierError('text-empty', { file: found.name ?? sources[0]?.name ?? '' });
}

/** @throws zip-nested, rows-mixed where texts stand beside conversations */
function fileRows(source: TextSource, format: TextFormat, found: TextFound): AsyncIterable<RowBatch> {
  if (format === 'zip' || format === 'files') throw new AtelierError('zip-nested', { file: source.name });
  const { notes } = found;
  if (notes && TEXT_READERS[format].prose && (notes.content ??= 'text') !== 'text')
    throw new AtelierError('rows-mixed', { file: source.name, line: 1, found: 'text', first: notes.content });
  return textRows(source, format, found);
}

async function inOrder(sources: readonly TextSource[], refused: (thrown: unknown) => void): Promise<KnownFile[]> {
  const known: KnownFile[] = [];
  for (const source of sources) {
    try {
      known.push({ source, format: await formatOf(source) });
    } catch (thrown) {
      refused(thrown);
    }
  }
  const files = await joinedDays(known);
  const prose = ({ format }: KnownFile): number =>
    format !== 'zip' && format !== 'files' && TEXT_READERS[format].prose ? 1 : 0;
  return files.toSorted((a, b) => prose(a) - prose(b));
}

/** The files of a zip as sources; what systems put beside them is left out. */
async function zippedFiles(source: TextSource): Promise<TextSource[]> {
  const entries = await listZip(await source.buffer(), source.name, MOST_FILES);
  return entries
    .filter(
      ({ path, byteLength }) => byteLength > 0 && !/(?:^|\/)(?:\.|__MACOSX\/|Thumbs\.db$|desktop\.ini$)/i.test(path),
    )
    .map((entry) => entrySource(entry, source.name));
}

function entrySource(entry: ZipFile, archive: string): TextSource {
  const { path: name, byteLength, packed } = entry;
  const checked = (): void => {
    if (byteLength > SMALL && byteLength > MOST_RATIO * packed)
      throw new AtelierError('zip-ratio', { file: archive, entry: name, found: Math.round(byteLength / packed) });
  };
  return {
    name,
    byteLength,
    stream: () => {
      checked();
      return entry.stream();
    },
    buffer: () => {
      checked();
      return entry.open();
    },
  };
}

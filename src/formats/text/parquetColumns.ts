// The columns of a Parquet row group, page by page as their rows are asked for, so that no column stands in memory
// whole. hyparquet reads a page; what rows mean is no matter of this file.
import type { ColumnChunk, DecodedArray, FileMetaData, RowGroup, SchemaTree } from 'hyparquet';
import type * as assembleModule from 'hyparquet/src/assemble.js';
import type * as columnModule from 'hyparquet/src/column.js';
import type * as convertModule from 'hyparquet/src/convert.js';
import { AtelierError } from '../../base/errors/errors';
import type { AsyncBuffer } from '../../base/numbers/asyncBuffer';

/** Bytes of one page, packed or unpacked; writers make pages of 1 MB, or of 100 MB at most. */
export const LARGEST_PAGE = 128 * 1024 * 1024;
/** Bytes of a group that is fetched at once. */
const SMALL_GROUP = 16 * 1024 * 1024;
/** Bytes of a column that are fetched at a time, and those of all columns together. */
const [LEAST_WINDOW, MOST_WINDOW, ALL_WINDOWS] = [64 * 1024, 4 * 1024 * 1024, 64 * 1024 * 1024];
/** Bytes in which the header of a page usually ends; its statistics may hold texts of any length. */
const HEADER = 4096;

type ColumnDecoder = Parameters<typeof columnModule.readPage>[2];

interface Reading extends Pick<typeof columnModule, 'parquetHeader' | 'readPage'> {
  convert: typeof convertModule.convert;
  parsers: typeof convertModule.DEFAULT_PARSERS;
  assembleNested: typeof assembleModule.assembleNested;
  compressors: NonNullable<ColumnDecoder['compressors']>;
}

/** The compressors are loaded with the rest: few files are without. */
export async function parquetReading(): Promise<Reading> {
  const [{ parquetHeader, readPage }, { convert, DEFAULT_PARSERS }, { assembleNested }, { compressors }] =
    await Promise.all([
      import('hyparquet/src/column.js'),
      import('hyparquet/src/convert.js'),
      import('hyparquet/src/assemble.js'),
      import('hyparquet-compressors'),
    ]);
  return { parquetHeader, readPage, convert, parsers: DEFAULT_PARSERS, assembleNested, compressors };
}

/** Where a group stands, for errors. */
interface GroupPlace {
  file: string;
  /** Counted from 1. */
  group: number;
}

/** Bytes of a column chunk in the file, from its first to behind its last. */
function rangeOf({ meta_data: meta, file_path: elsewhere }: ColumnChunk): [start: number, end: number] {
  if (!meta || elsewhere !== undefined) throw new Error('the columns lie in another file');
  const start = Number(meta.dictionary_page_offset ?? 0) || Number(meta.data_page_offset);
  return [start, start + Number(meta.total_compressed_size)];
}

/** The columns of a group by their names in the schema; each call of `take` gives the next rows. */
export class GroupColumns {
  private constructor(private readonly columns: readonly { name: string; take: TakeRows }[]) {}

  /** @throws parquet-page later, with each page */
  static async open(
    reading: Reading,
    buffer: AsyncBuffer,
    { schema, row_groups: groups }: Pick<FileMetaData, 'row_groups'> & { schema: SchemaTree },
    at: GroupPlace,
  ): Promise<GroupColumns> {
    const group = groups[at.group - 1]!;
    const bytes = await fetched(buffer, group);
    const window = Math.min(MOST_WINDOW, Math.max(LEAST_WINDOW, ALL_WINDOWS / Math.max(1, group.columns.length)));
    const leaves = group.columns.map((chunk) => {
      const source = new ChunkBytes(bytes, rangeOf(chunk), window);
      return new LeafColumn(reading, source, decoderOf(chunk, schema, reading), Number(group.num_rows), at);
    });
    return new GroupColumns(schema.children.flatMap((child) => topColumn(child, leaves, reading)));
  }

  get names(): readonly string[] {
    return this.columns.map(({ name }) => name);
  }

  /** The next rows of each column. */
  take(rows: number): Promise<unknown[][]> {
    return Promise.all(this.columns.map((column) => column.take(rows)));
  }
}

type TakeRows = (rows: number) => Promise<unknown[]>;

/** A group of few bytes comes in one request, which counts where the file lies elsewhere. */
async function fetched(buffer: AsyncBuffer, { columns }: RowGroup): Promise<AsyncBuffer> {
  const ranges = columns.map(rangeOf);
  const start = Math.min(...ranges.map(([from]) => from));
  const end = Math.max(...ranges.map(([, to]) => to));
  if (!(end - start <= SMALL_GROUP)) return buffer;
  const bytes = await buffer.slice(start, end);
  const slice = (from: number, to?: number): Promise<ArrayBuffer> =>
    Promise.resolve(bytes.slice(from - start, to === undefined ? undefined : to - start));
  return { byteLength: buffer.byteLength, slice };
}

function decoderOf(chunk: ColumnChunk, schema: SchemaTree, { parsers, compressors }: Reading): ColumnDecoder {
  const meta = chunk.meta_data!;
  const schemaPath = [schema];
  for (const name of meta.path_in_schema) {
    const next = schemaPath.at(-1)!.children.find(({ element }) => element.name === name);
    if (!next) throw new Error(`the schema has no column ${name}`);
    schemaPath.push(next);
  }
  const { element } = schemaPath.at(-1)!;
  const { type, codec, path_in_schema: pathInSchema } = meta;
  return { pathInSchema, type, element, schemaPath, codec, parsers, compressors };
}

/** A column of the schema, put together where it holds lists or objects; none where the group has no part of it. */
function topColumn(
  child: SchemaTree,
  leaves: readonly LeafColumn[],
  reading: Reading,
): { name: string; take: TakeRows }[] {
  const { name } = child.element;
  const parts = leaves.filter(({ path }) => path[0] === name);
  const [only] = parts;
  if (!only) return [];
  if (!child.children.length) return [{ name, take: (rows) => only.take(rows) }];
  const take = async (rows: number): Promise<unknown[]> => {
    const taken = await Promise.all(parts.map((part) => part.take(rows)));
    const data = new Map<string, DecodedArray>(parts.map(({ path }, i) => [path.join('.'), taken[i]!]));
    reading.assembleNested(data, child, reading.parsers);
    return data.get(name) as unknown[];
  };
  return [{ name, take }];
}

/** Values of one column of the file, whose pages are read once and in order. */
class LeafColumn {
  #dictionary: DecodedArray | undefined;
  /** Rows that are read and not taken, of which `#from` were taken; of lists the last may go on in the next page. */
  #held: unknown[] = [];
  #from = 0;
  #read = 0;
  readonly #flat: boolean;

  constructor(
    private readonly reading: Reading,
    private readonly bytes: ChunkBytes,
    private readonly decoder: ColumnDecoder,
    private readonly groupRows: number,
    private readonly at: GroupPlace,
  ) {
    const [, column] = decoder.schemaPath;
    this.#flat = decoder.schemaPath.length === 2 && column?.element.repetition_type !== 'REPEATED';
  }

  get path(): readonly string[] {
    return this.decoder.pathInSchema;
  }

  async take(rows: number): Promise<unknown[]> {
    const whole = rows + (this.#flat ? 0 : 1);
    while (this.#held.length - this.#from < whole && !this.#ended) await this.#page();
    const taken = this.#held.slice(this.#from, this.#from + rows);
    this.#from += taken.length;
    return taken;
  }

  get #ended(): boolean {
    return this.bytes.left <= 1 || (this.#flat && this.#read >= this.groupRows);
  }

  async #page(): Promise<void> {
    const { readPage, convert } = this.reading;
    const header = await this.bytes.header(this.reading.parquetHeader);
    const { compressed_page_size: packed, uncompressed_page_size: unpacked } = header;
    const size = Math.max(packed, unpacked);
    if (!(Math.min(packed, unpacked) >= 0)) throw new RangeError('a page has no size');
    if (size > LARGEST_PAGE) throw new AtelierError('parquet-page', { ...this.at, size, limit: LARGEST_PAGE });
    await this.bytes.hold(packed);
    if ((header.data_page_header ?? header.data_page_header_v2)?.num_values === 0) {
      this.bytes.offset += packed;
      return;
    }
    const held = this.#flat ? undefined : this.#left();
    const { data } = readPage(this.bytes, header, this.decoder, this.#dictionary, held, 0);
    if (!data) return;
    if (header.type === 'DICTIONARY_PAGE') this.#dictionary = convert(data, this.decoder);
    else if (data !== held) this.#add(data);
  }

  /** Of pages that hold no more than the rest, which are most, no value is copied. */
  #add(data: DecodedArray): void {
    this.#read += data.length;
    const left = this.#left();
    if (!left.length && Array.isArray(data)) this.#held = data;
    else for (const value of data) left.push(value);
  }

  #left(): unknown[] {
    if (this.#from) this.#held = this.#held.slice(this.#from);
    this.#from = 0;
    return this.#held;
  }
}

/** The bytes of a column chunk, of which a window is held: what hyparquet calls a reader. */
class ChunkBytes {
  view = new DataView(new ArrayBuffer(0));
  offset = 0;
  /** Where the window begins in the file. */
  #start: number;
  readonly #end: number;

  constructor(
    private readonly buffer: AsyncBuffer,
    [start, end]: readonly [start: number, end: number],
    private readonly window: number,
  ) {
    this.#start = start;
    this.#end = end;
  }

  get left(): number {
    return this.#end - this.#start - this.offset;
  }

  /** So many bytes behind the offset, or all that are left. */
  async hold(bytes: number): Promise<void> {
    const wanted = Math.min(bytes, this.left);
    if (this.view.byteLength - this.offset >= wanted) return;
    const from = this.#start + this.offset;
    const window = await this.buffer.slice(from, Math.min(this.#end, from + Math.max(wanted, this.window)));
    if (window.byteLength < wanted) throw new RangeError('the file ends inside a column');
    [this.view, this.offset, this.#start] = [new DataView(window), 0, from];
  }

  /** The header of the next page; where it does not end in the bytes that are held, with more of them. */
  async header<T>(parse: (bytes: ChunkBytes) => T): Promise<T> {
    for (let bytes = HEADER; ; bytes *= 4) {
      await this.hold(bytes);
      const { offset } = this;
      try {
        return parse(this);
      } catch (thrown) {
        this.offset = offset;
        if (bytes >= this.left || bytes > LARGEST_PAGE) throw thrown;
      }
    }
  }
}

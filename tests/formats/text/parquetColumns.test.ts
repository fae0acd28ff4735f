import { readFileSync } from 'node:fs';
import { parquetMetadata, parquetSchema } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { type AsyncBuffer, fromBytes } from '../../../src/base/numbers/asyncBuffer';
import { stream } from '../../../src/base/numbers/rng';
import { GroupColumns, LARGEST_PAGE, parquetReading } from '../../../src/formats/text/parquetColumns';

interface Golden {
  rows: Record<string, unknown>[];
  files: Record<string, string>;
}
const GOLDEN = JSON.parse(readFileSync('tests/fixtures/goldens/parquetPages.json', 'utf8')) as Golden;

const metadataOf = (bytes: Uint8Array) => parquetMetadata(bytes.slice().buffer);
async function opened(bytes: Uint8Array, buffer = fromBytes(bytes), group = 1, given?: Reading): Promise<GroupColumns> {
  const metadata = metadataOf(bytes);
  const schema = parquetSchema(metadata);
  return GroupColumns.open(given ?? (await parquetReading()), buffer, { ...metadata, schema }, { file: 'a', group });
}
type Reading = Awaited<ReturnType<typeof parquetReading>>;

/** All rows of a file, so many at a time. */
async function rowsOf(bytes: Uint8Array, step: number): Promise<unknown[]> {
  const rows: unknown[] = [];
  for (const [i, { num_rows }] of metadataOf(bytes).row_groups.entries()) {
    const columns = await opened(bytes, fromBytes(bytes), i + 1);
    for (let left = Number(num_rows); left > 0; left -= step) {
      const values = await columns.take(Math.min(step, left));
      for (let at = 0; at < Math.min(step, left); at++)
        rows.push(Object.fromEntries(columns.names.map((name, column) => [name, values[column]![at]])));
    }
  }
  return rows;
}

const asJson = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_key, member: unknown) => (typeof member === 'bigint' ? Number(member) : member)));

describe.each(Object.entries(GOLDEN.files))('%s', (_name, base64) => {
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'));
  test.each([1, 7, 60])('rows of many pages as pyarrow reads them, %i at a time', async (step) => {
    expect(asJson(await rowsOf(bytes, step))).toEqual(GOLDEN.rows);
  });
});

test('LZ4_RAW is what its file is packed with', () => {
  const [group] = metadataOf(Buffer.from(GOLDEN.files['LZ4_RAW']!, 'base64')).row_groups;
  expect(group!.columns[0]!.meta_data!.codec).toBe('LZ4_RAW');
});

describe('a group of 24 MB in pages of 256 KB', () => {
  const random = stream(1, 'pages');
  const text = (): string => Array.from({ length: 1500 }, () => random.below(2 ** 32).toString(36)).join('');
  const texts = Array.from({ length: 1200 }, text);
  const columnData = [
    { name: 'text', data: texts },
    { name: 'again', data: texts },
  ];
  const file = parquetWriteBuffer({ columnData, rowGroupSize: 1200, pageSize: 256 * 1024, codec: 'UNCOMPRESSED' });
  const bytes = new Uint8Array(file);

  test('comes in windows, each byte once', async () => {
    let [fetched, most] = [0, 0];
    const buffer = fromBytes(bytes);
    const slice: AsyncBuffer['slice'] = async (...at) => {
      const part = await buffer.slice(...at);
      fetched += part.byteLength;
      most = Math.max(most, part.byteLength);
      return part;
    };
    const columns = await opened(bytes, { byteLength: buffer.byteLength, slice });
    for (let from = 0; from < 1200; from += 100)
      expect((await columns.take(100))[0]).toEqual(texts.slice(from, from + 100));
    expect(bytes.length).toBeGreaterThan(20e6);
    expect(most).toBeLessThanOrEqual(4 * 1024 * 1024);
    expect(fetched).toBeLessThan(1.2 * bytes.length); // what was held of the next page comes with its window
  });

  test('is refused where the file ends inside it', async () => {
    const cut = fromBytes(bytes.subarray(0, 3e6));
    const columns = await opened(bytes, cut);
    await expect(columns.take(1200)).rejects.toThrow(/ends/);
  });
});

test('a page that is too large is refused before it is fetched, with its group', async () => {
  const bytes = new Uint8Array(Buffer.from(GOLDEN.files['two groups']!, 'base64'));
  const reading = await parquetReading();
  const parquetHeader: typeof reading.parquetHeader = (reader) => ({
    ...reading.parquetHeader(reader),
    uncompressed_page_size: LARGEST_PAGE + 1,
  });
  const columns = await opened(bytes, fromBytes(bytes), 2, { ...reading, parquetHeader });
  const facts = { file: 'a', group: 2, size: LARGEST_PAGE + 1, limit: LARGEST_PAGE };
  await expect(columns.take(1)).rejects.toMatchObject({ code: 'parquet-page', facts });
});

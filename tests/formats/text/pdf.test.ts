import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AtelierError } from '../../../src/base/errors/errors';
import { fromBytes } from '../../../src/base/numbers/asyncBuffer';
import { fileOf, flat } from '../helpers';
import { rowsOfFile } from '../../../src/formats/text/files';

const GOLDENS = JSON.parse(readFileSync('tests/fixtures/goldens/documents.json', 'utf8')) as Record<
  string,
  { base64: string }
>;
const pages = Buffer.from(GOLDENS['pages.pdf']!.base64, 'base64').toString('latin1');

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

/** The pages with a stream of so many bytes that nothing refers to in front of the table of objects. */
function padded(bytes: number): Uint8Array {
  const table = pages.indexOf('\nxref\n') + 1;
  const unused = `99 0 obj\n<< /Length ${bytes} >>\nstream\n${'x'.repeat(bytes)}\nendstream\nendobj\n`;
  const rest = pages.slice(table).replace(/startxref\n\d+/, `startxref\n${table + unused.length}`);
  return bytesOf(pages.slice(0, table) + unused + rest);
}

test('a PDF is read by the parts that its text stands in', async () => {
  const bytes = padded(8e6);
  let fetched = 0;
  const buffer = fromBytes(bytes);
  const slice: typeof buffer.slice = async (...at) => {
    const part = await buffer.slice(...at);
    fetched += part.byteLength;
    return part;
  };
  const source = { ...fileOf(bytes, 'a.pdf'), buffer: () => Promise.resolve({ byteLength: bytes.length, slice }) };
  const rows = await flat(rowsOfFile(source, 'pdf', {}));
  expect(rows).toEqual(await flat(rowsOfFile(fileOf(bytesOf(pages), 'a.pdf'), 'pdf', {})));
  expect(fetched).toBeLessThan(1e6);
});

test('a part that cannot be read ends the reading, and says why', async () => {
  const bytes = padded(8e6);
  const slice = (): Promise<ArrayBuffer> => Promise.reject(new AtelierError('cancelled'));
  const source = { ...fileOf(bytes, 'a.pdf'), buffer: () => Promise.resolve({ byteLength: bytes.length, slice }) };
  await expect(flat(rowsOfFile(source, 'pdf', {}))).rejects.toMatchObject({ code: 'cancelled' });
});

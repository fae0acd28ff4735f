// A release: the build as one zip whose bytes depend on its files alone.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configure, Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';
import { BUILD_FILE, recordOf } from './buildRecord.ts';

/** The least that a zip can say: two runs at two times give the same bytes. */
const DATE = new Date(Date.UTC(1980, 0, 1));

/** @param folder the build @returns the zip, with the record of its files */
export async function releaseOf(folder: string, version: string): Promise<Uint8Array> {
  configure({ useWebWorkers: false });
  const record = recordOf(folder, version);
  const zip = new ZipWriter(new Uint8ArrayWriter(), {
    lastModDate: DATE,
    extendedTimestamp: false,
    dataDescriptor: false,
    level: 9,
    useCompressionStream: false, // the platform's own compressor may change with its version
  });
  const add = (path: string, bytes: Uint8Array) => zip.add(`atelier-${version}/${path}`, new Uint8ArrayReader(bytes));
  for (const { path } of record.files) await add(path, readFileSync(join(folder, path)));
  await add(BUILD_FILE, new TextEncoder().encode(`${JSON.stringify(record, null, 1)}\n`));
  return zip.close();
}

// The files of a data set on a hub that rows can be read from, out of a list that may name a picture for each row.
import { holdsRows } from '../../base/wire/hubDatasets';
import type { HubFile } from '../../base/wire/hub';

/** A line of the hub's list of a repository. */
interface ListEntry {
  type: string;
  path: string;
  size: number;
}

/** Files that are kept, and lines that are read for them: the hub gives a thousand at a time. */
const MOST_FILES = 20_000;
const MOST_LISTED = 200_000;

/** With what was not listed any more. */
export async function dataFiles(
  entries: AsyncIterable<ListEntry>,
  { files: mostFiles = MOST_FILES, listed: mostListed = MOST_LISTED } = {},
): Promise<{ files: HubFile[]; listed?: number }> {
  const files: HubFile[] = [];
  let listed = 0;
  for await (const { type, path, size } of entries) {
    if (files.length >= mostFiles || listed >= mostListed) return { files, listed };
    listed++;
    const file = { path, byteLength: size };
    if (type === 'file' && holdsRows(file)) files.push(file);
  }
  return { files };
}

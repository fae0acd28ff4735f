// Import of a data set from a hub: its files come through the frame of pages/hub, and are read as files of this machine
// are.
import { AtelierError, throwIfCancelled } from '../../base/errors/errors';
import type { DatasetHub } from '../../base/records/datasetHub';
import type { DatasetRecord } from '../../base/records/dataset';
import type { HubDatasetRequest } from '../../base/wire/hubDatasets';
import type { TextSource } from '../../formats/text/format';
import type { AtelierDb } from '../../storage/db';
import { forgetFiles, hubFileParts, type HubReader } from '../models/hubImport';
import type { Part } from '../models/modelFolder';
import { importSource, type ImportOptions } from './importData';

/** Bytes of a stream at a time; they are fetched in larger parts. */
const STEP = 256 * 1024;

/**
 * A split of a data set, or some of its rows. What was fetched before a cancel or a failure is stored for the next try.
 * @throws hub-*, and what `importFile` throws
 */
export async function importHubDataset(
  db: AtelierDb,
  hub: HubReader,
  request: HubDatasetRequest,
  options: ImportOptions & { partBytes?: number } = {},
): Promise<DatasetRecord> {
  const { dataset, split } = request;
  const { partBytes } = options;
  const parts = hubFileParts(db, hub, dataset, split.files, { partBytes });
  const [first, ...rest] = parts.map((part) => sourceOf(part, options.signal));
  if (!first) throw new AtelierError('hub-dataset-files', { hub: dataset.hub, repo: dataset.repo });
  const record = await importSource(
    db,
    {
      name: `${dataset.repo.replace(/^.*\//, '')} · ${split.split}`,
      source: `${dataset.hub.replace(/^https?:\/\//, '')}/datasets/${dataset.repo}`,
      files: [first, ...rest],
      hub: hubOf(request),
    },
    options,
  );
  await forgetFiles(db, dataset, split.files);
  return record;
}

function hubOf({ dataset, split, first, count }: HubDatasetRequest): DatasetHub {
  const { hub, repo, revision, licence } = dataset;
  return {
    ...{ hub, repo, revision, config: split.config, split: split.split },
    ...(licence !== undefined && { licence }),
    ...(first !== undefined && { first }),
    ...(count !== undefined && { count }),
  };
}

function sourceOf(part: Part, signal: AbortSignal | undefined): TextSource {
  const { path: name, byteLength } = part;
  async function* stream(): AsyncGenerator<Uint8Array> {
    const buffer = await part.open(signal);
    for (let at = 0; at < byteLength; at += STEP) {
      throwIfCancelled(signal);
      yield new Uint8Array(await buffer.slice(at, Math.min(byteLength, at + STEP)));
    }
  }
  return { name, byteLength, stream, buffer: () => part.open(signal) };
}

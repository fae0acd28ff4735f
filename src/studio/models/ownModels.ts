// Models on the studio's own origin: the list, and their import.
import { fromBlob, type AsyncBuffer } from '../../base/numbers/asyncBuffer';
import { AtelierError } from '../../base/errors/errors';
import type { HubFile, OwnModel } from '../../base/wire/hub';
import type { ModelRecord } from '../../base/records/model';
import type { AtelierDb } from '../../storage/db';
import { shallowest } from './modelFolder';
import { keepModel, type OpenOptions } from './openModel';

/** Models that lie beside the studio, as its build listed them; none where it lies on a host without the list. */
export async function listOwnModels(origin: URL): Promise<OwnModel[]> {
  const response = await fetch(new URL('models/index.json', origin));
  // a host may answer with its own page for what is missing
  const listed = response.ok && response.headers.get('Content-Type')?.includes('json');
  return listed ? ((await response.json()) as OwnModel[]) : [];
}

/**
 * Imports one of them.
 *
 * @throws own-model-missing, and what `keepModel` throws
 */
export async function openOwnModel(
  db: AtelierDb,
  origin: URL,
  name: string,
  options: OpenOptions = {},
): Promise<ModelRecord> {
  const model = (await listOwnModels(origin)).find((own) => own.name === name);
  if (!model) throw new AtelierError('own-model-missing', { name, file: 'index.json', status: 404 });
  const parts = model.files.map((file) => ({
    ...file,
    open: (signal?: AbortSignal) => fetched(origin, name, file, signal),
  }));
  return keepModel(db, shallowest(name, parts), options);
}

/** A blob: the browser keeps it outside of our memory, and it is read by parts. */
async function fetched(origin: URL, name: string, { path }: HubFile, signal?: AbortSignal): Promise<AsyncBuffer> {
  const response = await fetch(new URL(`models/${encodeURIComponent(name)}/${encodeURIComponent(path)}`, origin), {
    signal,
  });
  if (!response.ok) throw new AtelierError('own-model-missing', { name, file: path, status: response.status });
  return fromBlob(await response.blob());
}

// Import of a model from a hub, in parts that survive a broken connection and a reload. The network itself is reached
// in the frame of pages/hub.
import type { AsyncBuffer } from '../../base/numbers/asyncBuffer';
import { AtelierError, asAtelierError, throwIfCancelled, untilCancelled } from '../../base/errors/errors';
import type { OnProgress } from '../../base/wire/events';
import { neededFiles, originOf, type HubFile, type HubModel, type HubRepo } from '../../base/wire/hub';
import type { ModelRecord } from '../../base/records/model';
import type { AtelierDb } from '../../storage/db';
import { forgetPart, forgetParts, getPart, putPart } from '../../storage/downloads';
import { shallowest, type FetchedParts, type Part } from './modelFolder';
import { keepGguf } from './openGguf';
import { keepModel, type OpenOptions } from './openModel';

/** What is asked of the framed page; see workers/hub.api.ts. */
export interface HubReader {
  read(repo: HubRepo, path: string, start: number, end: number): Promise<ArrayBuffer>;
}

/** Bytes fetched and stored at a time: the most that a broken connection loses. */
const PART_BYTES = 8 * 1024 * 1024;
/** A broken connection returns within seconds, or not without help. */
const WAITS_MS = [500, 2000, 8000];

interface FetchOptions {
  onProgress?: OnProgress | undefined;
  /** Smaller in tests. */
  partBytes?: number | undefined;
}
type HubOptions = OpenOptions & FetchOptions;

/**
 * Imports a model from a hub. If it fails, what was fetched stays for the next try.
 *
 * @throws hub-*, and what `keepModel` throws, of a GGUF what `keepGguf` throws
 */
export async function openHubModel(
  db: AtelierDb,
  hub: HubReader,
  model: HubModel,
  { onProgress, signal, partBytes, ...options }: HubOptions = {},
): Promise<ModelRecord> {
  const parts = hubParts(db, hub, model, { onProgress, partBytes });
  const { licence, gguf } = model;
  const asked = { ...options, onProgress, signal, ...(licence && { licence }) };
  const record =
    gguf === undefined
      ? await keepModel(db, shallowest(model.repo, parts), { ...asked, hub: originOf(model) })
      : await keepGguf(db, parts, asked);
  await forgetFiles(db, model, neededFiles(model));
  return record;
}

const keyOf = ({ hub, kind, repo, revision }: HubRepo, path: string): string =>
  [hub, ...(kind ? [kind] : []), repo, revision, path].join(' ');

/** The files of a model on a hub that an import can need. */
export const hubParts = (db: AtelierDb, hub: HubReader, model: HubModel, options: FetchOptions = {}): Part[] =>
  hubFileParts(db, hub, model, neededFiles(model), options);

/**
 * Files of a repository, read part by part as the import asks for them. Each part is stored until what it holds
 * is stored with the model, so that a broken fetch resumes where it was, even after a reload.
 *
 * @throws hub-*, cancelled, storage-* while reading
 */
export function hubFileParts(
  db: AtelierDb,
  hub: HubReader,
  model: HubRepo,
  files: readonly HubFile[],
  { onProgress, partBytes = PART_BYTES }: FetchOptions = {},
): Part[] {
  const total = files.reduce((sum, { byteLength }) => sum + byteLength, 0);
  let done = 0;
  return files.map((file) => {
    const { path, byteLength } = file;
    const counted = new Set<number>(); // a file that is opened again is not fetched again
    const part = async (index: number, signal?: AbortSignal): Promise<Uint8Array> => {
      throwIfCancelled(signal);
      const bytes = new Uint8Array(await partOf(db, hub, model, { file, index, partBytes }, signal));
      if (!counted.has(index)) onProgress?.({ phase: 'reading', done: (done += bytes.length), total, unit: 'bytes' });
      counted.add(index);
      return bytes;
    };
    const open = (signal?: AbortSignal): Promise<AsyncBuffer> => {
      let latest: { index: number; bytes: Uint8Array } | undefined; // tensors are read in small pieces, one after the other
      const read = async (index: number): Promise<Uint8Array> => {
        if (latest?.index !== index) latest = { index, bytes: await part(index, signal) };
        return latest.bytes;
      };
      return Promise.resolve({
        byteLength,
        slice: (start, end = byteLength) => sliceOf(read, partBytes, start, Math.min(end, byteLength)),
      });
    };
    const fetched: FetchedParts = {
      partBytes,
      fetch: async (index, signal) => void (await part(index, signal)),
      forget: (index) => forgetPart(db, keyOf(model, path), index),
    };
    return { path, byteLength, open, fetched };
  });
}

/** Deletes the parts of files whose model or data set is stored as a whole now. */
export const forgetFiles = (db: AtelierDb, repo: HubRepo, files: readonly HubFile[]): Promise<void> =>
  forgetParts(
    db,
    files.map(({ path }) => keyOf(repo, path)),
  );

async function sliceOf(
  part: (index: number) => Promise<Uint8Array>,
  partBytes: number,
  start: number,
  end: number,
): Promise<ArrayBuffer> {
  const out = new Uint8Array(Math.max(0, end - start));
  for (let at = start; at < end;) {
    const index = Math.floor(at / partBytes);
    const from = at - index * partBytes;
    const bytes = (await part(index)).subarray(from, from + end - at);
    out.set(bytes, at - start);
    at += bytes.byteLength;
  }
  return out.buffer;
}

/** A part that is stored, else fetched and stored. One of another length than its place has is none. */
async function partOf(
  db: AtelierDb,
  hub: HubReader,
  model: HubRepo,
  { file: { path, byteLength }, index, partBytes }: { file: HubFile; index: number; partBytes: number },
  signal?: AbortSignal,
): Promise<ArrayBuffer> {
  const key = keyOf(model, path);
  const start = index * partBytes;
  const end = Math.min(byteLength, start + partBytes);
  const kept = await getPart(db, key, index);
  if (kept?.byteLength === end - start) return kept;
  const bytes = await patiently(() => hub.read(model, path, start, end), signal);
  if (bytes.byteLength !== end - start) throw new AtelierError('hub-changed', { repo: model.repo, file: path });
  await putPart(db, key, index, bytes);
  return bytes;
}

/** Tries again, later and later, what a network failure stopped. */
async function patiently<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (const wait of WAITS_MS) {
    try {
      return await untilCancelled(work(), signal); // a connection may hang for minutes before it fails
    } catch (thrown) {
      if (asAtelierError(thrown).code !== 'hub-unreachable') throw thrown;
      await untilCancelled(new Promise((done) => setTimeout(done, wait)), signal);
    }
  }
  return untilCancelled(work(), signal);
}

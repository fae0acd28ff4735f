// The files of one model by name, wherever they are: in a folder, a zip, on this origin or on a hub.
import { fromBlob, type AsyncBuffer } from '../../base/numbers/asyncBuffer';
import { AtelierError, throwIfCancelled } from '../../base/errors/errors';
import { ADAPTER_CONFIG } from '../../formats/adapters/peft';
import { firstBadUtf8 } from '../../formats/text/unicode';
import { listZip } from '../../formats/zip';

/** A file of a model: in a folder, in a zip, on this origin, on a hub. */
export interface Part {
  path: string;
  byteLength: number;
  open(signal?: AbortSignal): Promise<AsyncBuffer>;
  /** Of a file that is fetched into storage. */
  fetched?: FetchedParts;
}

/** A file in storage, in parts of equal length but the last. */
export interface FetchedParts {
  partBytes: number;
  /** Stores a part, if it is not stored. */
  fetch(index: number, signal?: AbortSignal): Promise<void>;
  forget(index: number): Promise<void>;
}

/** The files of one model by their names, and what errors call them together. */
export interface Folder {
  source: string;
  /** No folder, zip or address names them: `source` is only what errors say. */
  loose?: true;
  parts: ReadonlyMap<string, Part>;
}

/** Bytes of a JSON file that is read whole; the largest published tokenizer.json has about 35 MB. */
const LARGEST_TEXT = 64 * 1024 * 1024;

/** Files that a person chose, and what errors call them together. */
interface Chosen extends Pick<Folder, 'source' | 'loose'> {
  parts: Part[];
  /** They lie in one zip. */
  zipped: boolean;
}

/**
 * One zip, or files, perhaps with the paths of their folder.
 *
 * @throws zip-*
 */
export async function chosen(files: readonly File[]): Promise<Chosen> {
  const [first] = files;
  if (files.length === 1 && /\.zip$/i.test(first!.name)) {
    const parts = await listZip(fromBlob(first!), first!.name);
    return { source: first!.name.replace(/\.zip$/i, ''), parts, zipped: true };
  }
  const parts = files.map((file) => ({
    path: file.webkitRelativePath || file.name,
    byteLength: file.size,
    open: () => Promise.resolve(fromBlob(file)),
  }));
  const path = parts[0]?.path ?? '–';
  if (path.includes('/')) return { source: path.split('/')[0]!, parts, zipped: false };
  return { source: path, parts, loose: true, zipped: false };
}

/**
 * The files that a person chose as a model.
 *
 * @throws model-file-missing, adapter-alone, zip-*
 */
export async function folderOf(files: readonly File[]): Promise<Folder> {
  return modelFolder(await chosen(files));
}

/** @throws model-file-missing, adapter-alone */
export const modelFolder = ({ source, parts, loose }: Chosen): Folder => ({
  ...shallowest(source, parts),
  ...(loose && { loose }),
});

/**
 * The files that a person chose as an adapter.
 *
 * @throws adapter-file-missing, adapter-several, zip-*
 */
export async function adapterFolderOf(files: readonly File[]): Promise<Folder> {
  const { source, parts, loose } = await chosen(files);
  const [folder, ...others] = foldersWith(ADAPTER_CONFIG, parts);
  if (folder === undefined) throw new AtelierError('adapter-file-missing', { source, file: ADAPTER_CONFIG });
  const beside = others.filter((other) => depthOf(other) === depthOf(folder));
  if (beside.length) throw new AtelierError('adapter-several', { source, folders: [folder, ...beside].join(', ') });
  return { source, parts: partsIn(folder, parts), ...(loose && { loose }) };
}

/** The files beside the config.json that lies least deep: archives often hold one folder around everything. */
export function shallowest(source: string, parts: readonly Part[]): Folder {
  const [folder] = foldersWith('config.json', parts);
  if (folder !== undefined) return { source, parts: partsIn(folder, parts) };
  if (foldersWith(ADAPTER_CONFIG, parts).length) throw new AtelierError('adapter-alone', { source });
  throw new AtelierError('model-file-missing', { source, file: 'config.json' });
}

const folderName = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);
const depthOf = (path: string): number => path.split('/').length;

/** Paths of folders that hold such a file, the least deep first. */
const foldersWith = (file: string, parts: readonly Part[]): string[] =>
  parts
    .map(({ path }) => path)
    .filter((path) => path === `${folderName(path)}${file}`)
    .map(folderName)
    .sort((a, b) => depthOf(a) - depthOf(b));

const partsIn = (folder: string, parts: readonly Part[]): Map<string, Part> =>
  new Map(parts.filter((p) => folderName(p.path) === folder).map((p) => [p.path.slice(folder.length), p]));

export function partOf({ source, parts }: Folder, file: string): Part {
  const part = parts.get(file);
  if (!part) throw new AtelierError('model-file-missing', { source, file });
  return part;
}

/**
 * A small file as text.
 *
 * @throws model-file-missing, json-large, file-not-utf8, cancelled
 */
export async function textOf(folder: Folder, file: string, signal?: AbortSignal): Promise<string> {
  const bytes = await smallFile(folder, file, signal);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const offset = firstBadUtf8(bytes);
    const byte = `0x${bytes[offset]!.toString(16).toUpperCase().padStart(2, '0')}`;
    throw new AtelierError('file-not-utf8', { file, offset, byte });
  }
}

async function smallFile(folder: Folder, file: string, signal?: AbortSignal): Promise<Uint8Array> {
  throwIfCancelled(signal);
  const part = partOf(folder, file);
  if (part.byteLength > LARGEST_TEXT) {
    throw new AtelierError('json-large', { file, size: part.byteLength, limit: LARGEST_TEXT });
  }
  const buffer = await part.open(signal);
  return new Uint8Array(await buffer.slice(0, buffer.byteLength));
}

/** The same, or undefined where the model has no such file. */
export const textIfThere = (folder: Folder, file: string, signal?: AbortSignal): Promise<string | undefined> =>
  folder.parts.has(file) ? textOf(folder, file, signal) : Promise.resolve(undefined);

/** What people wrote about a model; it is read whatever it holds, since nothing hangs on it. */
export async function readCard(folder: Folder, signal?: AbortSignal): Promise<string | undefined> {
  const size = folder.parts.get('README.md')?.byteLength ?? Infinity;
  return size > LARGEST_TEXT ? undefined : new TextDecoder().decode(await smallFile(folder, 'README.md', signal));
}

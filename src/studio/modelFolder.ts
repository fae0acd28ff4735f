import { fromBlob, type AsyncBuffer } from '../base/asyncBuffer';
import { AtelierError } from '../base/errors/errors';
import { firstBadUtf8 } from '../formats/unicode';
import { listZip } from '../formats/zip';

/** A file of a model: in a folder, in a zip, on this origin, on a hub. */
export interface Part {
  path: string;
  byteLength: number;
  open(signal?: AbortSignal): Promise<AsyncBuffer>;
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

/** What a person chose: one zip, or files, perhaps with the paths of their folder. Errors: model-file-missing, zip-*. */
export async function folderOf(files: readonly File[]): Promise<Folder> {
  const [first] = files;
  if (!first) throw new AtelierError('model-file-missing', { source: '–', file: 'config.json' });
  if (files.length === 1 && /\.zip$/i.test(first.name)) {
    const parts = await listZip(fromBlob(first), first.name);
    return shallowest(first.name.replace(/\.zip$/i, ''), parts);
  }
  const parts = files.map((file) => ({
    path: file.webkitRelativePath || file.name,
    byteLength: file.size,
    open: () => Promise.resolve(fromBlob(file)),
  }));
  const { path } = parts[0]!;
  if (path.includes('/')) return shallowest(path.split('/')[0]!, parts);
  return { ...shallowest(first.name, parts), loose: true };
}

/** The files beside the config.json that lies least deep: archives often hold one folder around everything. */
export function shallowest(source: string, parts: readonly Part[]): Folder {
  const folderName = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);
  const depth = (path: string): number => path.split('/').length;
  const configs = parts.filter((p) => p.path === `${folderName(p.path)}config.json`);
  const [config] = configs.sort((a, b) => depth(a.path) - depth(b.path));
  if (!config) throw new AtelierError('model-file-missing', { source, file: 'config.json' });
  const base = folderName(config.path);
  const beside = parts.filter((p) => folderName(p.path) === base);
  return { source, parts: new Map(beside.map((p) => [p.path.slice(base.length), p])) };
}

export function partOf({ source, parts }: Folder, file: string): Part {
  const part = parts.get(file);
  if (!part) throw new AtelierError('model-file-missing', { source, file });
  return part;
}

/** A small file as text. Errors: model-file-missing, json-large, file-not-utf8. */
export async function textOf(folder: Folder, file: string): Promise<string> {
  const bytes = await smallFile(folder, file);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const offset = firstBadUtf8(bytes);
    const byte = `0x${bytes[offset]!.toString(16).toUpperCase().padStart(2, '0')}`;
    throw new AtelierError('file-not-utf8', { file, offset, byte });
  }
}

async function smallFile(folder: Folder, file: string): Promise<Uint8Array> {
  const part = partOf(folder, file);
  if (part.byteLength > LARGEST_TEXT) {
    throw new AtelierError('json-large', { file, size: part.byteLength, limit: LARGEST_TEXT });
  }
  const buffer = await part.open();
  return new Uint8Array(await buffer.slice(0, buffer.byteLength));
}

/** The same, or undefined where the model has no such file. */
export const textIfThere = (folder: Folder, file: string): Promise<string | undefined> =>
  folder.parts.has(file) ? textOf(folder, file) : Promise.resolve(undefined);

/** What people wrote about a model; it is read whatever it holds, since nothing hangs on it. */
export async function cardOf(folder: Folder): Promise<string | undefined> {
  const size = folder.parts.get('README.md')?.byteLength ?? Infinity;
  return size > LARGEST_TEXT ? undefined : new TextDecoder().decode(await smallFile(folder, 'README.md'));
}

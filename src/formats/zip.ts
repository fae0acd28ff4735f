// Writes and lists zip files; sizes, counts and paths that a hostile file names are limited first.
import {
  configure,
  ERR_INVALID_CRC32,
  Reader,
  ZipReader,
  ZipWriter,
  type FileEntry,
} from '@zip.js/zip.js/lib/zip-core-native.js';
import type { AsyncBuffer } from '../base/numbers/asyncBuffer';
import { asAtelierError, AtelierError, throwIfCancelled } from '../base/errors/errors';

// We are in a worker already, and blob workers would need a weaker policy.
configure({ useWebWorkers: false, useCompressionStream: true });

/** Files that a model folder may hold; published ones have about twenty. */
export const MOST_ENTRIES = 2000;
/**
 * Bytes that a compressed entry may unpack to, since it is unpacked in memory. Stored entries are read where they lie.
 */
export const LARGEST_UNPACKED = 2 ** 31;

export interface ZipItem {
  path: string;
  byteLength: number;
  /** The content, chunk by chunk; `byteLength` bytes in all. */
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/**
 * Writes a zip into `target` as its items come, one chunk in memory at a time, and closes it. Nothing is compressed:
 * weights do not shrink, and a stored file can be read in place. Zip64 where sizes need it. Aborts `target` on error or
 * cancel.
 */
export async function writeZip(
  target: WritableStream<Uint8Array>,
  items: AsyncIterable<ZipItem> | Iterable<ZipItem>,
  modified: Date,
  signal?: AbortSignal,
): Promise<void> {
  const writer = new ZipWriter(target, { level: 0, keepOrder: true, lastModDate: modified, extendedTimestamp: false });
  try {
    for await (const item of items) {
      const zip64 = item.byteLength >= 0xffff_ffff;
      await writer.add(item.path, { readable: streamOf(item, signal) }, { uncompressedSize: item.byteLength, zip64 });
    }
    throwIfCancelled(signal);
    await writer.close();
  } catch (error) {
    await target.abort(error).catch(() => undefined);
    throw asAtelierError(rootOf(error));
  }
}

/**
 * Bytes of such a zip, without reading what goes into it: its items are written without their contents. Up to 4 GiB
 * this is exact; a larger zip has some tens of bytes more at its end.
 */
export async function zipBytes(items: AsyncIterable<ZipItem> | Iterable<ZipItem>, modified: Date): Promise<number> {
  let bytes = 0;
  async function* emptied(): AsyncGenerator<ZipItem> {
    for await (const { path, byteLength } of items) {
      bytes += byteLength;
      yield { path, byteLength: 0, bytes: [] };
    }
  }
  const counted = new WritableStream<Uint8Array>({ write: (chunk) => void (bytes += chunk.byteLength) });
  await writeZip(counted, emptied(), modified);
  return bytes;
}

/** zip.js wraps what a stream threw; the first AtelierError behind it is the one to show. */
function rootOf(error: unknown): unknown {
  for (let e = error; e instanceof Error; e = e.cause) if (e instanceof AtelierError) return e;
  return error;
}

function streamOf(item: ZipItem, signal?: AbortSignal): ReadableStream<Uint8Array> {
  const chunks =
    Symbol.asyncIterator in item.bytes ? item.bytes[Symbol.asyncIterator]() : item.bytes[Symbol.iterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        throwIfCancelled(signal);
        const next = await chunks.next();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      } catch (error) {
        controller.error(error);
      }
    },
  });
}

export interface ZipFile {
  path: string;
  byteLength: number;
  /** Bytes that it has in the zip. */
  packed: number;
  /**
   * The content as it is unpacked, a few chunks in memory; its checksum is known at the end.
   * @throws zip-size, zip-checksum, zip-broken
   */
  stream(): AsyncGenerator<Uint8Array>;
  /**
   * The content, checked against its checksum: read in place where it is stored, else unpacked into memory.
   * @throws zip-size, zip-checksum, zip-broken
   */
  open(signal?: AbortSignal): Promise<AsyncBuffer>;
}

class BufferReader extends Reader<AsyncBuffer> {
  constructor(readonly buffer: AsyncBuffer) {
    super(buffer);
    this.size = buffer.byteLength;
  }

  override async readUint8Array(index: number, length: number): Promise<Uint8Array> {
    return new Uint8Array(await this.buffer.slice(index, Math.min(index + length, this.size)));
  }
}

/**
 * The files of a zip. Names that lead out of the archive, stand twice or are encrypted are refused before anything is
 * read.
 * @throws zip-broken, zip-path, zip-twice, zip-entries, zip-encrypted
 */
export async function listZip(buffer: AsyncBuffer, file: string, most = MOST_ENTRIES): Promise<ZipFile[]> {
  const reader = new ZipReader(new BufferReader(buffer), {
    filenameValidation: 'tolerant',
    checkOverlappingEntry: true,
  });
  const found: FileEntry[] = [];
  const seen = new Set<string>();
  try {
    let entries = 0;
    for await (const entry of reader.getEntriesGenerator()) {
      if (++entries > most) throw new AtelierError('zip-entries', { file, found: entries, limit: most });
      checkName(entry.filename, file);
      if (seen.has(entry.filename)) throw new AtelierError('zip-twice', { file, entry: entry.filename });
      seen.add(entry.filename);
      if (entry.encrypted) throw new AtelierError('zip-encrypted', { file, entry: entry.filename });
      if (!entry.directory) found.push(entry);
    }
  } catch (error) {
    throw brokenZip(error, file);
  }
  return found.map((entry) => zipFile(entry, buffer, file));
}

/** A relative path with forward slashes and no step upwards, or nothing: the name must mean the same everywhere. */
function checkName(name: string, file: string): void {
  const parts = name.replace(/\/$/, '').split('/');
  const trick = parts.some((p) => p === '' || p === '.' || p === '..') || /[\\\0]|^[a-z]:/i.test(name);
  if (trick) throw new AtelierError('zip-path', { file, entry: name });
}

function brokenZip(error: unknown, file: string): AtelierError {
  const root = rootOf(error);
  if (root instanceof AtelierError) return root;
  return new AtelierError('zip-broken', { file }, { cause: error });
}

function zipFile(entry: FileEntry, buffer: AsyncBuffer, file: string): ZipFile {
  const path = entry.filename;
  const byteLength = entry.uncompressedSize;
  const open = async (signal?: AbortSignal): Promise<AsyncBuffer> => {
    const stored = entry.compressionMethod === 0;
    if (!stored && byteLength > LARGEST_UNPACKED) throw tooLarge(entry, file);
    const sink = new Sink(byteLength, !stored, () => tooLarge(entry, file), signal);
    try {
      await entry.getData(sink.stream, { checkSignature: true });
    } catch (error) {
      throw entryError(error, entry, file);
    }
    if (sink.received !== byteLength) throw new AtelierError('zip-checksum', { file, entry: path });
    return stored ? within(buffer, await dataStart(entry, buffer), byteLength) : sink.buffer();
  };
  return { path, byteLength, packed: entry.compressedSize, open, stream: () => unpacked(entry, file) };
}

/** The content of an entry; the zip's own reading goes on only as fast as its chunks are taken. */
async function* unpacked(entry: FileEntry, file: string): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  let failure: unknown;
  const done = entry.getData(writable, { checkSignature: true }).catch((error: unknown) => (failure = error));
  const reader = readable.getReader();
  let received = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      received += part.value.byteLength;
      if (received > entry.uncompressedSize) throw tooLarge(entry, file);
      yield part.value;
    }
  } catch (error) {
    failure ??= error;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  await done;
  if (failure !== undefined) throw entryError(failure, entry, file);
  if (received !== entry.uncompressedSize) throw new AtelierError('zip-checksum', { file, entry: entry.filename });
}

const tooLarge = (entry: FileEntry, file: string): AtelierError =>
  new AtelierError('zip-size', {
    file,
    entry: entry.filename,
    limit: Math.min(entry.uncompressedSize, LARGEST_UNPACKED),
  });

function entryError(error: unknown, entry: FileEntry, file: string): AtelierError {
  const signature = error instanceof Error && error.message === ERR_INVALID_CRC32;
  return signature ? new AtelierError('zip-checksum', { file, entry: entry.filename }) : brokenZip(error, file);
}

/**
 * Counts what comes out of an entry and keeps it where asked; more than was declared is a bomb and stops the reading.
 */
class Sink {
  received = 0;
  readonly #kept: Uint8Array | undefined;
  readonly stream: WritableStream<Uint8Array>;

  constructor(declared: number, keep: boolean, refusal: () => AtelierError, signal?: AbortSignal) {
    this.#kept = keep ? new Uint8Array(declared) : undefined;
    this.stream = new WritableStream<Uint8Array>({
      write: (chunk) => {
        throwIfCancelled(signal);
        if (this.received + chunk.byteLength > declared) throw refusal();
        this.#kept?.set(chunk, this.received);
        this.received += chunk.byteLength;
      },
    });
  }

  buffer(): AsyncBuffer {
    const bytes = this.#kept ?? new Uint8Array(0);
    return within({ byteLength: bytes.length, slice: async (a, b) => bytes.slice(a, b).buffer }, 0, bytes.length);
  }
}

/** Where an entry's bytes begin: after its local header of 30 bytes, its name and its extra field. */
async function dataStart(entry: FileEntry, buffer: AsyncBuffer): Promise<number> {
  const header = new DataView(await buffer.slice(entry.offset, entry.offset + 30));
  return entry.offset + 30 + header.getUint16(26, true) + header.getUint16(28, true);
}

function within(buffer: AsyncBuffer, start: number, byteLength: number): AsyncBuffer {
  return {
    byteLength,
    slice: (from, to = byteLength) => buffer.slice(start + from, start + Math.max(from, Math.min(to, byteLength))),
  };
}

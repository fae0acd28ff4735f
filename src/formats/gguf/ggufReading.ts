// Reads a GGUF file: keys, tensor table, rows of a tensor. Sizes that a hostile file names are limited first.
import type { AsyncBuffer } from '../../base/numbers/asyncBuffer';
import { sizeOf } from '../../base/numbers/dtype';
import type { Detail } from '../../base/errors/details';
import { AtelierError, type ErrorFacts } from '../../base/errors/errors';
import { decodeGgml, fitsBlocks, ggmlBytes, ggmlName, ggmlTypeOf, READ_TYPES, type ReadType } from './ggml';
import { ALIGNMENT, GGUF_MAGIC, GGUF_TYPES } from './gguf';

/** What a header may hold; the largest published vocabularies have 262,144 tokens and half a million merges. */
const LARGEST = {
  entries: 65_536,
  tensors: 65_536,
  array: 4_194_304,
  /** Of all arrays together: a list in memory takes more than its bytes. */
  elements: 16_777_216,
  string: 16 * 1024 * 1024,
  dimensions: 4,
  alignment: 65_536,
};
/** Bytes that are fetched at a time while the header is read. */
const WINDOW = 1024 * 1024;

export type GgufValue = number | boolean | string | GgufValue[];

/** A tensor of a file; `type` is undefined where we have no reader for its format, which `typeName` names. */
export interface GgufFileTensor {
  name: string;
  shape: number[];
  typeName: string;
  type: ReadType | undefined;
  /** Absolute byte offset in the file. */
  start: number;
}

export interface GgufFile {
  version: number;
  metadata: ReadonlyMap<string, GgufValue>;
  tensors: GgufFileTensor[];
}

/**
 * The header of a GGUF of version 2 or 3.
 * @throws gguf-broken, gguf-unsupported
 */
export async function readGguf(buffer: AsyncBuffer, file: string): Promise<GgufFile> {
  const cursor = new Cursor(buffer, file);
  if ((await cursor.text(4)) !== GGUF_MAGIC) cursor.broken('starts-otherwise', { expected: GGUF_MAGIC });
  const version = await cursor.number('u32');
  if (version !== 2 && version !== 3)
    throw new AtelierError('gguf-unsupported', { file, field: 'version', found: version, supported: '2, 3' });
  const tensorCount = await cursor.count(LARGEST.tensors);
  const entryCount = await cursor.count(LARGEST.entries);
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < entryCount; i++) {
    const key = await cursor.string();
    if (metadata.has(key)) cursor.broken('twice', { name: key });
    metadata.set(key, await cursor.value(await cursor.number('u32')));
  }
  const tensors: GgufFileTensor[] = [];
  for (let i = 0; i < tensorCount; i++) tensors.push(await readTensorInfo(cursor));
  placeTensors(tensors, cursor, metadata.get('general.alignment') ?? ALIGNMENT, buffer.byteLength);
  return { version, metadata, tensors };
}

/** `start` still counts from the beginning of the data. */
async function readTensorInfo(cursor: Cursor): Promise<GgufFileTensor> {
  const name = await cursor.string();
  const dimensions = await cursor.number('u32');
  if (dimensions > LARGEST.dimensions) cursor.broken('dimensions', { name, found: dimensions });
  const sizes: number[] = [];
  for (let i = 0; i < dimensions; i++) sizes.unshift(await cursor.number('u64'));
  const typeId = await cursor.number('u32');
  return {
    name,
    shape: sizes,
    typeName: ggmlName(typeId),
    type: ggmlTypeOf(typeId),
    start: await cursor.number('u64'),
  };
}

/**
 * Makes offsets absolute. Tensors are aligned, each has bytes of its own, and they end with the file at the latest, as
 * llama.cpp asks.
 */
function placeTensors(tensors: GgufFileTensor[], cursor: Cursor, alignment: GgufValue, size: number): void {
  const inRange = Number.isInteger(alignment) && Number(alignment) > 0 && Number(alignment) <= LARGEST.alignment;
  if (typeof alignment !== 'number' || !inRange) return cursor.broken(`general.alignment = ${String(alignment)}`);
  const dataStart = Math.ceil(cursor.position / alignment) * alignment;
  const names = new Set<string>();
  let end = dataStart;
  for (const t of [...tensors].sort((a, b) => a.start - b.start)) {
    if (names.has(t.name)) cursor.broken('twice', { name: t.name });
    if (t.start % alignment !== 0) cursor.broken('unaligned', { name: t.name, expected: alignment });
    const inRow = t.shape.at(-1) ?? 1;
    if (t.type && !fitsBlocks(t.type, inRow)) cursor.broken('half-block', { name: t.name, found: inRow });
    t.start += dataStart;
    if (t.start < end) cursor.broken('overlaps', { name: t.name });
    end = t.start + (t.type ? ggmlBytes(t.type, t.shape) : 0);
    if (!Number.isSafeInteger(end) || end > size) cursor.broken('past-end', { name: t.name });
    names.add(t.name);
  }
}

/**
 * Rows of a tensor as f32.
 * @throws gguf-type, gguf-broken
 */
export async function readGgufRows(
  buffer: AsyncBuffer,
  tensor: GgufFileTensor,
  file: string,
  row = 0,
  rows = tensor.shape[0] ?? 1,
): Promise<Float32Array> {
  const bytes = await readGgufBytes(buffer, tensor, file, row, rows);
  return decodeGgml(bytes, readable(tensor, file)).subarray(0, rows * sizeOf(tensor.shape.slice(1)));
}

/**
 * The same as they are in the file: whole blocks.
 * @throws gguf-type, gguf-broken
 */
export async function readGgufBytes(
  buffer: AsyncBuffer,
  tensor: GgufFileTensor,
  file: string,
  row: number,
  rows: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const rowBytes = ggmlBytes(readable(tensor, file), tensor.shape.slice(1));
  const from = tensor.start + row * rowBytes;
  const bytes = new Uint8Array(await buffer.slice(from, from + rows * rowBytes));
  if (bytes.length !== rows * rowBytes)
    throw new AtelierError('gguf-broken', { file, detail: 'past-end', name: tensor.name });
  return bytes;
}

/**
 * The number format of a tensor.
 * @throws gguf-type where we do not read it
 */
export function readable({ name, type, typeName }: GgufFileTensor, file: string): ReadType {
  if (type) return type;
  throw new AtelierError('gguf-type', { file, tensor: name, found: typeName, supported: READ_TYPES });
}

type NumberType = Exclude<keyof typeof GGUF_TYPES, 'bool' | 'string' | 'array'>;
const BYTES: Record<NumberType, number> = {
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  f32: 4,
  u64: 8,
  i64: 8,
  f64: 8,
};

const READ: Record<NumberType, (view: DataView, at: number) => number> = {
  u8: (v, at) => v.getUint8(at),
  i8: (v, at) => v.getInt8(at),
  u16: (v, at) => v.getUint16(at, true),
  i16: (v, at) => v.getInt16(at, true),
  u32: (v, at) => v.getUint32(at, true),
  i32: (v, at) => v.getInt32(at, true),
  f32: (v, at) => v.getFloat32(at, true),
  u64: (v, at) => Number(v.getBigUint64(at, true)),
  i64: (v, at) => Number(v.getBigInt64(at, true)),
  f64: (v, at) => v.getFloat64(at, true),
};

const typeNames = new Map(Object.entries(GGUF_TYPES).map(([name, id]) => [id, name as keyof typeof GGUF_TYPES]));

/** Reads forward through a buffer, a window at a time. */
class Cursor {
  position = 0;
  #elements = 0;
  #view = new DataView(new ArrayBuffer(0));
  #viewStart = 0;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  constructor(
    readonly buffer: AsyncBuffer,
    readonly file: string,
  ) {}

  broken(detail: Detail | `general.alignment = ${string}`, facts: ErrorFacts = {}): never {
    throw new AtelierError('gguf-broken', { file: this.file, detail, ...facts });
  }

  async number(type: NumberType): Promise<number> {
    const at = await this.#take(BYTES[type]);
    const value = READ[type](this.#view, at);
    // Sizes and offsets beyond 2⁵³ are no longer what the file says.
    if (BYTES[type] === 8 && type !== 'f64' && !Number.isSafeInteger(value))
      this.broken('too-large', { found: value, limit: Number.MAX_SAFE_INTEGER });
    return value;
  }

  async count(limit: number): Promise<number> {
    const count = await this.number('u64');
    return count <= limit ? count : this.broken('too-large', { found: count, limit });
  }

  async text(bytes: number): Promise<string> {
    const at = await this.#take(bytes);
    try {
      return this.#decoder.decode(new Uint8Array(this.#view.buffer, at, bytes));
    } catch {
      return this.broken('not-utf8', { at: this.position - bytes });
    }
  }

  async string(): Promise<string> {
    return this.text(await this.count(LARGEST.string));
  }

  async value(typeId: number): Promise<GgufValue> {
    const type = typeNames.get(typeId);
    if (type === undefined) return this.broken('unknown-type', { found: typeId });
    if (type === 'bool') return (await this.number('u8')) !== 0;
    if (type === 'string') return this.string();
    if (type !== 'array') return this.number(type);
    const elementType = await this.number('u32');
    if (elementType === GGUF_TYPES.array) return this.broken('nested-lists');
    const count = await this.count(LARGEST.array);
    this.#elements += count;
    if (this.#elements > LARGEST.elements) this.broken('too-large', { found: this.#elements, limit: LARGEST.elements });
    const list: GgufValue[] = [];
    for (let i = 0; i < count; i++) list.push(await this.value(elementType));
    return list;
  }

  /** Where the next `bytes` begin in the view, once they are there. */
  async #take(bytes: number): Promise<number> {
    if (this.position + bytes > this.buffer.byteLength) this.broken('cut-off');
    if (this.position + bytes > this.#viewStart + this.#view.byteLength) {
      const end = Math.min(this.position + Math.max(bytes, WINDOW), this.buffer.byteLength);
      this.#view = new DataView(await this.buffer.slice(this.position, end));
      this.#viewStart = this.position;
      if (this.#view.byteLength < bytes) this.broken('cut-off');
    }
    const at = this.position - this.#viewStart;
    this.position += bytes;
    return at;
  }
}

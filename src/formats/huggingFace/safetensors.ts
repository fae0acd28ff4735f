// Reads and writes safetensors, as strictly as the reference implementation.
// https://github.com/huggingface/safetensors#format
import type { AsyncBuffer } from '../../base/numbers/asyncBuffer';
import { BYTES_OF, ELEMENT_BYTES, sizeOf, type DType, type ElementType } from '../../base/numbers/dtype';
import type { Detail } from '../../base/errors/details';
import { AtelierError, type ErrorFacts } from '../../base/errors/errors';
import type { TensorData, TensorSpec } from '../../base/numbers/tensorData';
import { DEEPEST_JSON, duplicateKey, isObject, isTooDeep, own, shown, type JsonObject } from '../json';
import { jsonFault } from '../jsonFault';

/** The limit of the reference reader. */
export const LARGEST_HEADER = 100_000_000;

/** A tensor of a file; `start` and `end` (exclusive) are absolute byte offsets in it. */
export interface FileTensor extends TensorSpec {
  start: number;
  end: number;
}

export interface SafetensorsHeader {
  /** In the order of their bytes. */
  tensors: FileTensor[];
  metadata: ReadonlyMap<string, string>;
}

/**
 * Reads and checks the header of a safetensors file as strictly as the reference does: length, UTF-8, JSON without
 * duplicate keys, metadata of strings, integer shapes and ranges, sizes, and that the tensors cover the data without
 * hole, overlap or rest.
 * @throws safetensors-*, with the tensor and the numbers
 */
export async function readSafetensors(buffer: AsyncBuffer, file: string): Promise<SafetensorsHeader> {
  const size = buffer.byteLength;
  if (size < 10) throw new AtelierError('safetensors-short', { file, size });
  const length = Number(new DataView(await buffer.slice(0, 8)).getBigUint64(0, true));
  if (length > LARGEST_HEADER || 8 + length > size) {
    throw new AtelierError('safetensors-header-size', { file, header: length, size, limit: LARGEST_HEADER });
  }
  const header = parseHeader(new Uint8Array(await buffer.slice(8, 8 + length)), file);
  const { __metadata__: metadata, ...entries } = header;
  const tensors = Object.entries(entries).map(([name, entry]) => tensorOf(name, entry, 8 + length, file));
  tensors.sort((a, b) => a.start - b.start || a.end - b.end);
  checkCover(tensors, 8 + length, size, file);
  return { tensors, metadata: metadataOf(metadata, file) };
}

function parseHeader(bytes: Uint8Array, file: string): JsonObject {
  const fail = (detail: Detail, facts: ErrorFacts = {}): AtelierError =>
    new AtelierError('safetensors-header', { file, detail, ...facts });
  if (bytes[0] !== 0x7b) throw fail('starts-otherwise', { expected: '{' });
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw fail('not-utf8', { at: 8 });
  }
  if (isTooDeep(text)) throw fail('deep', { limit: DEEPEST_JSON });
  let value: JsonObject;
  try {
    value = JSON.parse(text) as JsonObject; // it begins with {
  } catch {
    const { detail, ...facts } = jsonFault(text, { python: false });
    throw fail(detail, facts);
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) throw new AtelierError('safetensors-duplicate', { file, tensor: twice });
  return value;
}

function metadataOf(value: unknown, file: string): Map<string, string> {
  if (value === undefined) return new Map();
  const entries = isObject(value) ? Object.entries(value) : undefined;
  if (!entries?.every((e): e is [string, string] => typeof e[1] === 'string')) {
    throw new AtelierError('safetensors-metadata', { file });
  }
  return new Map(entries);
}

function tensorOf(name: string, entry: unknown, dataStart: number, file: string): FileTensor {
  const fail = (field: string): AtelierError => new AtelierError('safetensors-entry', { file, tensor: name, field });
  if (!isObject(entry) || Object.keys(entry).length !== 3) throw fail('dtype, shape, data_offsets');
  const dtype = own(entry, 'dtype');
  if (typeof dtype !== 'string') throw fail('dtype');
  if (!isDType(dtype)) {
    const supported = Object.keys(ELEMENT_BYTES).join(', ');
    throw new AtelierError('safetensors-dtype', { file, tensor: name, dtype: shown(dtype), supported });
  }
  const shape = own(entry, 'shape');
  if (!isSizes(shape)) throw fail('shape');
  const offsets = own(entry, 'data_offsets');
  if (!isSizes(offsets) || offsets.length !== 2) throw fail('data_offsets');
  const [begin, end] = offsets as [number, number];
  const needed = sizeOf(shape) * BYTES_OF[dtype];
  if (!Number.isSafeInteger(needed) || end - begin !== needed) {
    throw new AtelierError('safetensors-size', { file, tensor: name, needed, found: end - begin });
  }
  return { name, dtype, shape, start: dataStart + begin, end: dataStart + end };
}

const isDType = (text: string): text is ElementType => Object.hasOwn(ELEMENT_BYTES, text);

/** JSON numbers above 2⁵³ are rounded by JSON.parse, so only safe integers count as sizes. */
const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0);

function checkCover(tensors: readonly FileTensor[], dataStart: number, size: number, file: string): void {
  let at = dataStart;
  for (const t of tensors) {
    const facts = { file, tensor: t.name, offset: t.start - dataStart, expected: at - dataStart };
    if (t.start < at) throw new AtelierError('safetensors-overlap', facts);
    if (t.start > at) throw new AtelierError('safetensors-hole', facts);
    at = t.end;
  }
  if (at !== size) {
    throw new AtelierError('safetensors-end', { file, expected: at - dataStart, found: size - dataStart });
  }
}

/**
 * One tensor's bytes, or those of some of its rows (elements, where it has one dimension).
 * @throws safetensors-end when the file has shrunk since its header was read
 */
export async function readTensor(
  buffer: AsyncBuffer,
  tensor: FileTensor,
  file: string,
  from = 0,
  rows = (tensor.shape[0] ?? 1) - from,
): Promise<TensorData> {
  const { name, dtype, shape } = tensor;
  const rowBytes = sizeOf(shape.slice(1)) * BYTES_OF[dtype];
  const start = tensor.start + from * rowBytes;
  const end = start + rows * rowBytes;
  const bytes = new Uint8Array(await buffer.slice(start, end));
  if (bytes.byteLength !== end - start) {
    throw new AtelierError('safetensors-end', { file, expected: end, found: start + bytes.byteLength });
  }
  return { name, dtype, shape: shape.length ? [rows, ...shape.slice(1)] : shape, bytes };
}

/** How the reference writer sorts: by number format from the widest to the narrowest, then by name. */
const WRITE_ORDER: readonly DType[] = ['I64', 'F64', 'F32', 'I32', 'BF16', 'F16', 'I16', 'I8', 'U8', 'BOOL'];

export interface SafetensorsLayout<T extends TensorSpec> {
  /** Length, JSON and padding: a multiple of 8 bytes, so that the data behind it is aligned. */
  header: Uint8Array;
  /** In the order in which their bytes must follow. */
  order: T[];
  byteLength: number;
}

/** The header for these tensors and the order of their bytes, as the reference writer lays them out. */
export function layoutSafetensors<T extends TensorSpec>(
  specs: readonly T[],
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): SafetensorsLayout<T> {
  const rank = (t: T): number => WRITE_ORDER.indexOf(t.dtype);
  const order = [...specs].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  let at = 0;
  // Joined by hand: a JavaScript object would move names that look like numbers to the front.
  const entries = order.map(({ name, dtype, shape }) => {
    const begin = at;
    at += sizeOf(shape) * BYTES_OF[dtype];
    return `${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, at] })}`;
  });
  const text = `{${[`"__metadata__":${JSON.stringify(metadata)}`, ...entries].join(',')}}`;
  const json = new TextEncoder().encode(text);
  const header = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true);
  header.set(json, 8);
  return { header, order, byteLength: header.length + at };
}

/**
 * The file as a stream of chunks: the header, then each tensor as `read` gives it, whole or in parts that follow each
 * other, so that one part is in memory at a time.
 */
export async function* writeSafetensors<T extends TensorSpec>(
  layout: SafetensorsLayout<T>,
  read: (tensor: T) => Promise<Uint8Array> | Uint8Array | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield layout.header;
  for (const tensor of layout.order) {
    let bytes = 0;
    const content = read(tensor);
    for await (const part of Symbol.asyncIterator in content ? content : [await content]) {
      bytes += part.byteLength;
      yield part;
    }
    const needed = sizeOf(tensor.shape) * BYTES_OF[tensor.dtype];
    if (bytes !== needed) throw new RangeError(`${tensor.name}: ${bytes} bytes, not ${needed}`);
  }
}

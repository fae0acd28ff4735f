// Lays out and writes a GGUF file: header, keys, tensor table, aligned tensors. What the keys say is in `ggufKeys.ts`.
// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
import { ggmlBytes, ggmlId, type GgmlType } from './ggml';

export const GGUF_MAGIC = 'GGUF';
/** Offsets of tensors are multiples of this; the format's default, so no key says it. */
export const ALIGNMENT = 32;

export interface GgufTensor {
  name: string;
  /** Row-major as everywhere here; the file has it the other way round. */
  shape: number[];
  type: GgmlType;
}

/** Types of values by their number in the file; those of one byte to eight are read too. */
export const GGUF_TYPES = {
  u8: 0,
  i8: 1,
  u16: 2,
  i16: 3,
  u32: 4,
  i32: 5,
  f32: 6,
  bool: 7,
  string: 8,
  array: 9,
  u64: 10,
  i64: 11,
  f64: 12,
};

/** A key and its value in one of the types that models need. */
export type GgufEntry =
  | [key: string, type: 'u32' | 'f32', value: number]
  | [key: string, type: 'bool', value: boolean]
  | [key: string, type: 'string', value: string]
  | [key: string, type: 'i32[]' | 'f32[]', value: readonly number[]]
  | [key: string, type: 'string[]', value: readonly string[]];

export type GgufPlaced<T> = T & { offset: number; byteLength: number };

export interface GgufLayout<T extends GgufTensor> {
  /** Everything before the first tensor, padded. */
  header: Uint8Array;
  /** In the order of their bytes; offsets count from the end of the header. */
  tensors: GgufPlaced<T>[];
  byteLength: number;
}

const padded = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/**
 * The header of a GGUF (version 3) with these values and tensors, and where each tensor lies: all sizes before any
 * weight is read.
 */
export function layoutGguf<T extends GgufTensor>(entries: readonly GgufEntry[], tensors: readonly T[]): GgufLayout<T> {
  let offset = 0;
  const placed = tensors.map((t) => {
    const byteLength = ggmlBytes(t.type, t.shape);
    const at = offset;
    offset += padded(byteLength);
    return { ...t, offset: at, byteLength };
  });
  const out = new ByteWriter();
  out.raw(GGUF_MAGIC);
  out.u32(3);
  out.u64(tensors.length);
  out.u64(entries.length);
  for (const entry of entries) writeEntry(out, entry);
  for (const t of placed) {
    out.string(t.name);
    out.u32(t.shape.length);
    for (const size of t.shape.toReversed()) out.u64(size);
    out.u32(ggmlId(t.type));
    out.u64(t.offset);
  }
  const header = out.bytes(padded(out.length));
  return { header, tensors: placed, byteLength: header.length + offset };
}

function writeEntry(out: ByteWriter, [key, type, value]: GgufEntry): void {
  out.string(key);
  if (typeof value === 'object') {
    const element = type.slice(0, -2) as 'i32' | 'f32' | 'string';
    out.u32(GGUF_TYPES.array);
    out.u32(GGUF_TYPES[element]);
    out.u64(value.length);
    for (const v of value) writeValue(out, element, v);
    return;
  }
  out.u32(GGUF_TYPES[type]);
  writeValue(out, type, value);
}

function writeValue(out: ByteWriter, type: string, value: string | number | boolean): void {
  if (typeof value === 'string') out.string(value);
  else if (typeof value === 'boolean') out.u8(Number(value));
  else if (type === 'f32') out.f32(value);
  else out.u32(value); // a negative i32 wraps to the same four bytes
}

/** The file in chunks: the header, then each tensor in parts that `parts` gives, with the zeros between them. */
export async function* writeGguf<T extends GgufTensor>(
  { header, tensors }: GgufLayout<T>,
  parts: (tensor: GgufPlaced<T>) => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield header;
  for (const tensor of tensors) {
    let bytes = 0;
    for await (const part of parts(tensor)) {
      bytes += part.byteLength;
      yield part;
    }
    if (bytes !== tensor.byteLength) throw new RangeError(`${tensor.name}: ${bytes} bytes, not ${tensor.byteLength}`);
    if (padded(bytes) > bytes) yield new Uint8Array(padded(bytes) - bytes);
  }
}

/** Little-endian values one after another, in a buffer that doubles. */
class ByteWriter {
  length = 0;
  #view = new DataView(new ArrayBuffer(1024));
  readonly #encoder = new TextEncoder();

  u8(value: number): void {
    this.#grow(1).setUint8(this.length++, value);
  }

  u32(value: number): void {
    this.#grow(4).setUint32(this.length, value, true);
    this.length += 4;
  }

  u64(value: number): void {
    this.#grow(8).setBigUint64(this.length, BigInt(value), true);
    this.length += 8;
  }

  f32(value: number): void {
    this.#grow(4).setFloat32(this.length, value, true);
    this.length += 4;
  }

  string(text: string): void {
    const bytes = this.#encoder.encode(text);
    this.u64(bytes.length);
    this.#append(bytes);
  }

  /** Text without its length. */
  raw(text: string): void {
    this.#append(this.#encoder.encode(text));
  }

  /** All that was written, with zeros up to `byteLength`. */
  bytes(byteLength: number): Uint8Array {
    const out = new Uint8Array(byteLength);
    out.set(new Uint8Array(this.#view.buffer, 0, this.length));
    return out;
  }

  #append(bytes: Uint8Array): void {
    new Uint8Array(this.#grow(bytes.length).buffer).set(bytes, this.length);
    this.length += bytes.length;
  }

  #grow(more: number): DataView {
    const needed = this.length + more;
    if (needed > this.#view.byteLength) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#view.byteLength));
      larger.set(new Uint8Array(this.#view.buffer));
      this.#view = new DataView(larger.buffer);
    }
    return this.#view;
  }
}

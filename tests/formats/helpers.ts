// Bytes, streams and a small model for the tests of formats.
import { fromBytes } from '../../src/base/numbers/asyncBuffer';
import type { ModelShape } from '../../src/base/modelShape';
import { formatOf } from '../../src/formats/text/detect';
import type { RowBatch, TextFound, TextRow, TextSource } from '../../src/formats/text/format';
import { rowsOfFile } from '../../src/formats/text/files';

export const utf8 = (s: string): Uint8Array => new TextEncoder().encode(s);

export function utf16(s: string, big: boolean, mark = true): Uint8Array {
  const text = (mark ? '\uFEFF' : '') + s;
  const view = new DataView(new ArrayBuffer(2 * text.length));
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), !big);
  return new Uint8Array(view.buffer);
}

export async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.slice(i, i + size);
}

/** Bytes as a file that is read in chunks of this size. */
export const fileOf = (bytes: Uint8Array | string, name: string, size = 1 << 16): TextSource => {
  const all = typeof bytes === 'string' ? utf8(bytes) : bytes;
  const stream = (): AsyncGenerator<Uint8Array> => inChunks(all, size);
  return { name, byteLength: all.length, stream, buffer: () => Promise.resolve(fromBytes(all)) };
};

/** The rows of a file, of the format that its content says. */
export async function rowsOf(file: TextSource, found: TextFound = {}): Promise<TextRow[]> {
  return flat(rowsOfFile(file, found.choices?.format ?? (await formatOf(file)), found));
}

/** The rows of batches. */
export const flat = async (batches: AsyncIterable<RowBatch>): Promise<TextRow[]> => (await all(batches)).flat();

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const item of items) out.push(item);
  return out;
}

/** A safetensors file with this header as it stands, and so many bytes of data. */
export function safetensorsOf(header: string | Uint8Array, data: number, says?: bigint): Uint8Array {
  const json = typeof header === 'string' ? utf8(header) : header;
  const bytes = new Uint8Array(8 + json.length + data);
  new DataView(bytes.buffer).setBigUint64(0, says ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

/** A Llama of odd sizes. */
export const MODEL: ModelShape = {
  vocabSize: 301,
  hiddenSize: 60,
  intermediateSize: 77,
  layers: 2,
  heads: 6,
  kvHeads: 2,
  headDim: 10,
  contextLength: 48,
  ropeTheta: 12_345,
  normEps: 1e-5,
};

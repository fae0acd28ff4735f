// A GGUF taken apart into keys and values, and put together again with what a test changed.
import { fromBytes } from '../../../src/base/numbers/asyncBuffer';
import { encodeGgml, type GgmlType } from '../../../src/formats/gguf/ggml';
import { layoutGguf, writeGguf, type GgufEntry } from '../../../src/formats/gguf/gguf';
import { readGguf, readGgufRows, type GgufValue } from '../../../src/formats/gguf/ggufReading';
import { all } from '../helpers';

export interface GgufContent {
  keys: Map<string, GgufValue>;
  tensors: { name: string; shape: number[]; values: Float32Array }[];
}

export async function contentOf(bytes: Uint8Array): Promise<GgufContent> {
  const buffer = fromBytes(bytes);
  const { metadata, tensors } = await readGguf(buffer, 'm');
  const values = await Promise.all(tensors.map((tensor) => readGgufRows(buffer, tensor, 'm')));
  return {
    keys: new Map(metadata),
    tensors: tensors.map(({ name, shape }, i) => ({ name, shape, values: values[i]! })),
  };
}

function entryOf([key, value]: [string, GgufValue]): GgufEntry {
  if (typeof value === 'string') return [key, 'string', value];
  if (typeof value === 'boolean') return [key, 'bool', value];
  if (typeof value === 'number') return [key, Number.isInteger(value) ? 'u32' : 'f32', value];
  if (value.every((v) => typeof v === 'string')) return [key, 'string[]', value];
  return [key, key.endsWith('scores') ? 'f32[]' : 'i32[]', value as number[]];
}

/** The bytes of a file with these keys and tensors. */
export async function ggufBytes(
  { keys, tensors }: GgufContent,
  typeOf: (tensor: string) => GgmlType = () => 'F32',
): Promise<Uint8Array<ArrayBuffer>> {
  const typed = tensors.map((tensor) => ({ ...tensor, type: typeOf(tensor.name) }));
  const layout = layoutGguf([...keys].map(entryOf), typed);
  const parts = writeGguf(layout, async function* ({ name, type, values }) {
    yield await Promise.resolve(encodeGgml(values, type, name));
  });
  return new Uint8Array(Buffer.concat(await all(parts)));
}

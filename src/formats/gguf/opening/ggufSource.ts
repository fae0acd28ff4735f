// The GGUF files of one model as one: a file alone, or the numbered parts of a split. Reads headers, no weights.
import type { AsyncBuffer } from '../../../base/numbers/asyncBuffer';
import { AtelierError } from '../../../base/errors/errors';
import { GGUF_MAGIC } from '../gguf';
import { readGguf, type GgufFile, type GgufFileTensor, type GgufValue } from '../ggufReading';

/** A tensor and the file it lies in. */
export interface PlacedGgufTensor extends GgufFileTensor {
  buffer: AsyncBuffer;
  file: string;
}

/** What the headers of a model say. */
export interface GgufSource {
  /** The file, or the first part. */
  file: string;
  metadata: ReadonlyMap<string, GgufValue>;
  tensors: ReadonlyMap<string, PlacedGgufTensor>;
}

export interface NamedBuffer {
  name: string;
  buffer: AsyncBuffer;
}

/** By its first bytes, whatever the file is called. */
export async function isGguf(buffer: AsyncBuffer): Promise<boolean> {
  return new TextDecoder().decode(await buffer.slice(0, GGUF_MAGIC.length)) === GGUF_MAGIC;
}

/** `model-00002-of-00005.gguf`, as llama.cpp names parts. */
const PART_NAME = /-(\d{5})-of-(\d{5})(?=\.gguf$)/i;

/** Files of one model have one name here. */
export const splitName = (file: string): string => file.replace(PART_NAME, '');

const partName = (file: string, index: number): string =>
  file.replace(
    PART_NAME,
    (_, own: string, count: string) => `-${String(index + 1).padStart(own.length, '0')}-of-${count}`,
  );

interface Part extends GgufFile, NamedBuffer {
  /** From 0. */
  index: number;
  count: number;
}

/**
 * One model out of its files, in any order. Its keys are those of the first part.
 * @throws gguf-*
 */
export async function readGgufSource(files: readonly NamedBuffer[]): Promise<GgufSource> {
  const parts: Part[] = [];
  for (const { name, buffer } of files) {
    const file = await readGguf(buffer, name);
    parts.push({ ...file, name, buffer, index: whole(file, 'split.no', 0), count: whole(file, 'split.count', 1) });
  }
  const [first] = ordered(parts);
  const tensors = new Map<string, PlacedGgufTensor>();
  for (const part of parts)
    for (const tensor of part.tensors) {
      if (tensors.has(tensor.name))
        throw new AtelierError('gguf-broken', { file: part.name, detail: 'twice', name: tensor.name });
      tensors.set(tensor.name, { ...tensor, buffer: part.buffer, file: part.name });
    }
  const announced = whole(first!, 'split.tensors.count', tensors.size);
  if (announced !== tensors.size)
    throw new AtelierError('gguf-parts-differ', { file: first!.name, found: tensors.size, expected: announced });
  return { file: first!.name, metadata: first!.metadata, tensors };
}

const whole = ({ metadata }: GgufFile, key: string, absent: number): number => {
  const value = metadata.get(key);
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : absent;
};

/**
 * The parts in order, each of them once.
 * @throws gguf-part-missing, gguf-several, gguf-parts-differ
 */
function ordered(parts: Part[]): Part[] {
  const [one] = parts;
  const count = Math.max(1, one!.count);
  const names = parts.map(({ name }) => name).join(', ');
  if (count === 1 && parts.length > 1) throw new AtelierError('gguf-several', { files: names });
  const odd = parts.find((part) => Math.max(1, part.count) !== count || part.index >= count);
  if (odd) throw new AtelierError('gguf-parts-differ', { file: odd.name, found: odd.count, expected: count });
  const byIndex = new Map(parts.map((part) => [part.index, part]));
  if (byIndex.size < parts.length) throw new AtelierError('gguf-several', { files: names });
  for (let index = 0; index < count; index++)
    if (!byIndex.has(index))
      throw new AtelierError('gguf-part-missing', { file: one!.name, missing: partName(one!.name, index), count });
  return parts.sort((a, b) => a.index - b.index);
}

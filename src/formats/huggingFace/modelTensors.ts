// Rows of the engine's parameters from the tensors of transformers' files, and the way back, in parts that fit in
// memory.
import type { ReadParameterRows } from '../../base/numbers/tensorData';
import { sizeOf } from '../../base/numbers/dtype';
import { INFINITE_HALF, LARGEST_HALF } from '../../base/numbers/half';
import { AtelierError } from '../../base/errors/errors';
import type { ParameterSpec } from '../../base/modelShape';
import { fromFloat32, isFloat, toFloat32, type FloatType } from '../floats';
import { readTensor } from './safetensors';
import type { PlacedTensor } from './shards';
import type { TensorPlan, Slice } from './tensorNames';

/** Values that are in memory at once where rows can be taken one by one: 4 Mi, 16 MiB as f32. */
export const PART_VALUES = 4 * 1024 * 1024;

/** Values of a row: 1 for a vector. */
const widthOf = (shape: readonly number[]): number => sizeOf(shape.slice(1));

/** Ranges of rows that hold at most `PART_VALUES` values, one row at least. */
export function* rowRanges(row: number, rows: number, width: number): Generator<{ row: number; rows: number }> {
  const step = Math.max(1, Math.floor(PART_VALUES / Math.max(1, width)));
  for (let at = 0; at < rows; at += step) yield { row: row + at, rows: Math.min(step, rows - at) };
}

/**
 * Rows of a tensor of a file, as f32.
 * @throws tensor-dtype, safetensors-end
 */
export async function readTensorRows(tensor: PlacedTensor, row: number, rows: number): Promise<Float32Array> {
  const { buffer, name, dtype, file } = tensor;
  if (!isFloat(dtype)) throw new AtelierError('tensor-dtype', { file, tensor: name, dtype });
  return toFloat32((await readTensor(buffer, tensor, file, row, rows)).bytes, dtype);
}

/**
 * Whether two matrices of files differ in shape or in a value, whatever formats hold them.
 * @throws tensor-dtype, safetensors-end
 */
export async function differ(a: PlacedTensor, b: PlacedTensor): Promise<boolean> {
  if (a.shape.join() !== b.shape.join()) return true;
  for (const { row, rows } of rowRanges(0, a.shape[0]!, widthOf(a.shape))) {
    const [left, right] = [await readTensorRows(a, row, rows), await readTensorRows(b, row, rows)];
    if (left.some((value, i) => value !== right[i])) return true;
  }
  return false;
}

/**
 * One parameter of ours out of published tensors, as f32, in parts that follow each other. A tensor that lies turned
 * over in the file is in memory whole: one matrix.
 */
export async function* parameterParts(
  { slices }: TensorPlan,
  tensors: ReadonlyMap<string, PlacedTensor>,
): AsyncGenerator<Float32Array> {
  for (const slice of slices) {
    const tensor = tensors.get(slice.name)!;
    if (slice.transposed) yield transpose(await readTensorRows(tensor, 0, slice.shape[0]!), slice.shape);
    else
      for (const { row, rows } of rowRanges(0, slice.rows, widthOf(slice.shape)))
        yield await readTensorRows(tensor, row, rows);
  }
}

/**
 * The same in bytes of one format: those of the file, as they are, where it has that format.
 * @throws float-overflow
 */
export async function* parameterBytes(
  plan: TensorPlan,
  tensors: ReadonlyMap<string, PlacedTensor>,
  dtype: FloatType,
): AsyncGenerator<Uint8Array> {
  for (const slice of plan.slices) {
    const tensor = tensors.get(slice.name)!;
    if (slice.transposed || tensor.dtype !== dtype)
      for await (const part of parameterParts({ ...plan, slices: [slice] }, tensors))
        yield encodeFloats(part, dtype, slice.name);
    else
      for (const { row, rows } of rowRanges(0, slice.rows, widthOf(slice.shape)))
        yield (await readTensor(tensor.buffer, tensor, tensor.file, row, rows)).bytes;
  }
}

/** [rows, columns] → [columns, rows]. */
function transpose(values: Float32Array, [rows, columns]: readonly number[]): Float32Array {
  const out = new Float32Array(values.length);
  for (let r = 0; r < rows!; r++) for (let c = 0; c < columns!; c++) out[c * rows! + r] = values[r * columns! + c]!;
  return out;
}

/**
 * The bytes of one published tensor out of a parameter of ours, in parts.
 * @throws float-overflow
 */
export async function* sliceParts(
  parameter: ParameterSpec,
  slice: Slice,
  read: ReadParameterRows,
  dtype: FloatType,
): AsyncGenerator<Uint8Array> {
  const width = widthOf(parameter.shape);
  if (slice.transposed) {
    const values = await read(parameter.name, slice.row, slice.rows);
    yield encodeFloats(transpose(values, [slice.rows, width]), dtype, slice.name);
    return;
  }
  for (const { row, rows } of rowRanges(slice.row, slice.rows, width))
    yield encodeFloats(await read(parameter.name, row, rows), dtype, slice.name);
}

/** Values in a narrower format. Refuses what F16 can't hold: a model with one infinite weight answers nothing. */
export function encodeFloats(values: Float32Array, dtype: FloatType, tensor: string): Uint8Array {
  if (dtype === 'F16') {
    const large = values.find((v) => Math.abs(v) >= INFINITE_HALF);
    if (large !== undefined) throw new AtelierError('float-overflow', { tensor, found: large, limit: LARGEST_HALF });
  }
  return fromFloat32(values, dtype);
}

/**
 * Matrices as products read them: in f32 or in fewer bits; in one tensor or, where that would be larger than a buffer
 * of the device may be, in several of whole rows. (An embedding of 151,936 × 896 takes 519 MiB in f32; what WebGPU
 * guarantees to be bound at once is 128.) Each of the several is trained as a tensor of its own: it has its own
 * gradient and moments, which are no larger.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { newTensor } from '../../device/buffers';
import { device } from '../../device/currentDevice';
import { quantizeRows, rowLayout, type QuantizedKind } from './quantize';
import { partBytes } from '../../device/variants';

type Pair = [rows: number, columns: number];

/**
 * W [rows, columns] as the right-hand side of products x Wᵀ and dy W. It is frozen, or the copy of a matrix that is
 * trained.
 */
export interface QuantizedMatrix {
  kind: QuantizedKind;
  shape: Pair;
  /** int32 [rows, words of a row], as `packRows` makes them. */
  words: Tensor;
  /** The f32 matrix that this is a copy of: gradients belong to it. Absent: W is frozen. */
  master?: Tensor;
}

/** A matrix in one tensor. */
export type WholeMatrix = Tensor | QuantizedMatrix;

/** Rows of a matrix, from row `first` on. */
export interface MatrixPart {
  matrix: WholeMatrix;
  first: number;
}

/**
 * A matrix in several tensors, whose rows follow each other; a later part may stand over rows of earlier ones.
 * Gradients of x are right only where those rows are zeros.
 */
export interface PartedMatrix {
  shape: Pair;
  parts: readonly MatrixPart[];
}

export type Matrix = WholeMatrix | PartedMatrix;

export const isQuantized = (matrix: Matrix): matrix is QuantizedMatrix => 'kind' in matrix;
export const isParted = (matrix: Matrix): matrix is PartedMatrix => 'parts' in matrix;

/** The tensors of a matrix with their places; one, if it is whole. */
export const partsOf = (matrix: Matrix): readonly MatrixPart[] =>
  isParted(matrix) ? matrix.parts : [{ matrix, first: 0 }];

/** The tensor that gets the gradient of a whole matrix; a frozen one has none. */
export const masterOf = (matrix: WholeMatrix): Tensor | undefined => (isQuantized(matrix) ? matrix.master : matrix);

/** The tensors that get the gradients of a matrix, in the order of its rows. */
export const trainedOf = (matrix: Matrix): Tensor[] => partsOf(matrix).flatMap((part) => masterOf(part.matrix) ?? []);

/**
 * Parts begin at multiples of this where they are larger: shaders then read and write four numbers at once as in a
 * whole matrix.
 */
const ALIGNMENT = 64;

/** Rows in each part but the last, parts of `most` bytes at most being nearly equal; all rows where they fit. */
function rowsInPart(rows: number, rowBytes: number, most: number): number {
  const fitting = Math.max(1, Math.floor(most / rowBytes));
  if (rows <= fitting) return rows;
  const unit = [ALIGNMENT, 4, 1].find((n) => n <= fitting)!;
  const parts = Math.ceil(rows / (fitting - (fitting % unit)));
  return unit * Math.ceil(rows / parts / unit);
}

/** Room for a matrix, in parts where the device asks for them. The caller disposes it. */
export function newMatrix(precision: 'f32' | QuantizedKind, [rows, columns]: Pair): Matrix {
  const rowBytes = 4 * (precision === 'f32' ? columns : rowLayout(precision, columns).words);
  const each = rowsInPart(rows, rowBytes, partBytes(rows * rowBytes, device().mostBytes));
  const whole = (count: number): WholeMatrix =>
    precision === 'f32' ? newTensor([count, columns]) : newPacked(precision, [count, columns]);
  if (each >= rows) return whole(rows);
  const firsts = Array.from({ length: Math.ceil(rows / each) }, (_, i) => i * each);
  const parts = firsts.map((first) => ({ first, matrix: whole(Math.min(each, rows - first)) }));
  return { shape: [rows, columns], parts };
}

const newPacked = (kind: QuantizedKind, shape: Pair): QuantizedMatrix => ({
  kind,
  shape,
  words: newTensor([shape[0], rowLayout(kind, shape[1]).words], 'int32'),
});

/** Room for the halves of a matrix in f32, which each of its parts is the master of. */
export function newCopy(matrix: Tensor | PartedMatrix): Matrix {
  const copy = (master: Tensor): QuantizedMatrix => ({
    ...newPacked('f16', [master.shape[0], master.shape[1]!]),
    master,
  });
  if (!isParted(matrix)) return copy(matrix);
  const parts = matrix.parts.map(({ first, matrix: part }) => ({ first, matrix: copy(masterOf(part)!) }));
  return { shape: matrix.shape, parts };
}

/** A matrix with these rows from row `first` on, over its own and behind them. */
export const overlaid = (matrix: Matrix, rows: Tensor, first: number): PartedMatrix => ({
  shape: [Math.max(matrix.shape[0], first + rows.shape[0]), matrix.shape[1]!],
  parts: [...partsOf(matrix), { matrix: rows, first }],
});

/** Numbers of a row; a vector's rows are its numbers. */
const columnsOf = ({ shape }: Matrix): number => shape[1] ?? 1;

/**
 * Puts whole rows in f32 into a matrix, from row `row` on; packs them if it is packed. @throws RangeError where they do
 * not fit
 */
export function writeRows(matrix: Matrix, row: number, values: Float32Array<ArrayBuffer>): void {
  const [rows, columns] = [matrix.shape[0], columnsOf(matrix)];
  const count = values.length / columns;
  if (!Number.isInteger(count) || row + count > rows)
    throw new RangeError(`${values.length} numbers from row ${row} on of a matrix of ${rows} × ${columns}`);
  for (const { matrix: part, first } of partsOf(matrix)) {
    const [from, to] = [Math.max(row, first), Math.min(row + count, first + part.shape[0])];
    if (from < to) writeWhole(part, from - first, values.subarray((from - row) * columns, (to - row) * columns));
  }
}

function writeWhole(matrix: WholeMatrix, row: number, values: Float32Array<ArrayBuffer>): void {
  if (!isQuantized(matrix)) return device().write(matrix, values, 4 * row * columnsOf(matrix));
  const { kind, shape, words } = matrix;
  device().write(words, quantizeRows(kind, shape[1], values), 4 * row * words.shape[1]!);
}

/** Frees a matrix, but not the masters of copies. */
export const disposeMatrix = (matrix: Matrix): void =>
  partsOf(matrix).forEach(({ matrix: part }) => (isQuantized(part) ? part.words : part).dispose());

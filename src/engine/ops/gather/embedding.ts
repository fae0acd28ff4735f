/**
 * Rows of the embedding matrix, times a scale (1 but for Gemma): y[n] = scale·weight[ids[n]].
 * Gradient: dweight[v] = scale·Σ dy[n] over the tokens n with ids[n] = v. tfjs adds them with atomics, in another order
 * each time; here every row of dweight is summed by its own invocations in the order of an index that the CPU sorts
 * once per batch.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { defineOp, flatGrid, flatMain, gpu, shader, struct, zeros, type CpuTensor } from '../../device/kernel';
import { lanesOf, typeOf, type Lanes } from '../../device/lanes';
import type { Shader } from '../../device/shader';
import { isQuantized, isParted, masterOf, partsOf, type Matrix, type MatrixPart } from '../matrix/matrix';
import { quantizedEmbeddingInto } from './quantizedEmbedding';
import { isWeight, recordAs } from '../../device/recording';
import { empty } from '../rows/gatherRows';
import { named } from '../matmul/partsMatmul';

/** Token ids with the order in which the gradient adds their rows. */
export interface EmbeddingIndex {
  /** int32 [N], each below V. */
  ids: Tensor;
  /** int32 [N]: token numbers, grouped by id, ascending within a group. */
  order: Tensor;
  /** int32 [V+1]: the tokens of id v are order[starts[v]] … order[starts[v+1] − 1]. */
  starts: Tensor;
}

/**
 * Counting sort of the tokens by id.
 * @throws RangeError for an id outside 0 … vocabSize−1
 */
export function embeddingIndex(ids: Int32Array, vocabSize: number): { order: Int32Array; starts: Int32Array } {
  const starts = new Int32Array(vocabSize + 1);
  for (const id of ids) {
    if (id < 0 || id >= vocabSize) throw new RangeError(`token id ${id} is outside 0 … ${vocabSize - 1}`);
    starts[id + 1]!++;
  }
  for (let v = 0; v < vocabSize; v++) starts[v + 1]! += starts[v]!;
  const order = new Int32Array(ids.length);
  const next = starts.slice();
  ids.forEach((id, n) => (order[next[id]!++] = n));
  return { order, starts };
}

/** Rows of the matrix that a kernel has before it. */
interface Rows {
  first: number;
  count: number;
}

type Attrs = { scale: number } & Rows;

/** `first` and `count` of the rows are signed, as an id minus the first row may be negative. */
const Params = struct('Params', { n: 'u32', width: 'u32', scale: 'f32', first: 'i32', count: 'i32' });

interface Constants {
  lanes: Lanes;
}

/** Tokens of other rows are left as they are. */
const forward = shader(
  'embedding',
  ({ lanes }: Constants) => `
${Params.wgsl}
@group(0) @binding(0) var<storage, read_write> y: array<${typeOf(lanes)}>;
@group(0) @binding(1) var<storage, read> weight: array<${typeOf(lanes)}>;
@group(0) @binding(2) var<storage, read> ids: array<i32>;
@group(0) @binding(3) var<uniform> p: Params;
${flatMain(`let row = ids[i / p.width] - p.first;
  if (row < 0 || row >= p.count) { return; }
  y[i] = p.scale * weight[u32(row) * p.width + i % p.width];`)}`,
);

const backward = shader(
  'embedding gradient',
  ({ lanes }: Constants) => `
${Params.wgsl}
@group(0) @binding(0) var<storage, read_write> dweight: array<${typeOf(lanes)}>;
@group(0) @binding(1) var<storage, read> dy: array<${typeOf(lanes)}>;
@group(0) @binding(2) var<storage, read> order: array<i32>;
@group(0) @binding(3) var<storage, read> starts: array<i32>;
@group(0) @binding(4) var<uniform> p: Params;
${flatMain(`let v = u32(p.first) + i / p.width;
  let column = i % p.width;
  var sum = ${typeOf(lanes)}(0.0);
  for (var j = starts[v]; j < starts[v + 1u]; j++) { sum += dy[u32(order[j]) * p.width + column]; }
  dweight[i] = p.scale * sum;`)}`,
);

/** Both kernels have one invocation per (vector) element of their result, a matrix [rows, width]. */
function dispatch(
  kernel: (constants: Constants) => Shader,
  out: TensorInfo,
  reads: TensorInfo[],
  { scale, first, count }: Attrs,
): TensorInfo[] {
  const [rows, columns] = [out.shape[0]!, out.shape[1]!];
  const lanes = lanesOf(columns);
  const width = columns / lanes;
  gpu().run({
    shader: kernel({ lanes }),
    binds: [{ tensor: out, write: true }, ...reads.map((tensor) => ({ tensor }))],
    params: Params.all({ n: rows * width, width, scale, first, count }),
    workgroups: flatGrid(rows * width),
  });
  return [out];
}

const gradientOp = defineOp<'dy' | 'order' | 'starts', Attrs>({
  name: 'AtelierEmbeddingGradient',
  gpu: ({ dy, order, starts }, attrs) => {
    const dweight = gpu().alloc([attrs.count, dy.shape[1]!]);
    return dispatch(backward, dweight, [dy, order, starts], attrs);
  },
  reference: ({ dy, order, starts }, { scale, first, count }) => {
    const width = dy.shape[1]!;
    const dweight = zeros([count, width], dy);
    for (let v = 0; v < count; v++)
      for (let c = 0; c < width; c++) {
        let sum = 0;
        for (let j = starts.data[first + v]!; j < starts.data[first + v + 1]!; j++)
          sum += dy.data[order.data[j]! * width + c]!;
        dweight.data[v * width + c] = scale * sum;
      }
    return [dweight];
  },
});

/** Writes the rows of the tokens whose ids are among these. */
function referenceInto(y: CpuTensor, weight: CpuTensor, ids: CpuTensor, { scale, first, count }: Attrs): CpuTensor[] {
  const width = weight.shape[1]!;
  ids.data.forEach((id, n) => {
    const row = id - first;
    if (row < 0 || row >= count) return;
    for (let c = 0; c < width; c++) y.data[n * width + c] = scale * weight.data[row * width + c]!;
  });
  return [y];
}

const embeddingOp = defineOp<'weight' | 'ids' | 'order' | 'starts', Attrs>({
  name: 'AtelierEmbedding',
  gpu: ({ weight, ids }, attrs) =>
    dispatch(forward, gpu().alloc([ids.shape[0]!, weight.shape[1]!]), [weight, ids], attrs),
  reference: ({ weight, ids }, attrs) =>
    referenceInto(zeros([ids.shape[0]!, weight.shape[1]!], weight), weight, ids, attrs),
  save: { inputs: ['order', 'starts'] },
  gradient: ([dy], [order, starts], attrs) => ({
    weight: () => gradientOp({ dy: dy!, order: order!, starts: starts! }, attrs)[0]!,
  }),
});

const embeddingInto = defineOp<'y' | 'weight' | 'ids', Attrs>({
  name: 'AtelierEmbeddingInto',
  gpu: ({ y, weight, ids }, attrs) => {
    dispatch(forward, y, [weight, ids], attrs);
    return [];
  },
  reference: ({ y, weight, ids }, attrs) => {
    referenceInto(y, weight, ids, attrs);
    return [];
  },
});

const rowsOf = ({ matrix, first }: MatrixPart): Rows => ({ first, count: matrix.shape[0] });

const isTrained = (tensor: Tensor | undefined): boolean => tensor !== undefined && isWeight(tensor);

/** Rows of a matrix that is packed or in parts; the gradients are those of its masters, if it has any. */
function ofParts(weight: Matrix, { ids, order, starts }: EmbeddingIndex, scale: number): Tensor {
  const parts = partsOf(weight);
  const [y] = recordAs(() => {
    const trained = parts.filter(({ matrix }) => isTrained(masterOf(matrix)));
    const { matrix: like } = parts[0]!;
    const rows = empty(isQuantized(like) ? like.words : like, [ids.shape[0], weight.shape[1]!]);
    for (const part of parts) {
      const { matrix } = part;
      if (isQuantized(matrix)) quantizedEmbeddingInto(rows, matrix, ids, { scale, ...rowsOf(part) });
      else embeddingInto({ y: rows, weight: matrix, ids }, { scale, ...rowsOf(part) });
    }
    return {
      kernelName: 'embedding of parts',
      inputs: named(trained.map(({ matrix }) => masterOf(matrix)!)),
      outputs: [rows],
      backward: ([dy]) =>
        named(trained.map((part) => gradientOp({ dy: dy!, order, starts }, { scale, ...rowsOf(part) })[0]!)),
    };
  });
  return y!;
}

/** Rows of weight [V, C] for N tokens, times `scale`: [N, C]. A packed weight without a master is frozen. */
export function embedding(weight: Matrix, index: EmbeddingIndex, scale = 1): Tensor {
  if (isQuantized(weight) || isParted(weight)) return ofParts(weight, index, scale);
  const { ids, order, starts } = index;
  return embeddingOp({ weight, ids, order, starts }, { scale, first: 0, count: weight.shape[0] })[0]!;
}

/**
 * Rows of the embedding matrix, times a scale (1 but for Gemma): y[n] = scale·weight[ids[n]].
 * Gradient: dweight[v] = scale·Σ dy[n] over the tokens n with ids[n] = v. tfjs adds them with atomics, in another order each time; here every
 * row of dweight is summed by its own invocations in the order of an index that the CPU sorts once per batch.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { defineOp, flatIndex, gpu, grid1d, zeros } from './kernel';
import { isPacked, type Matrix, type PackedMatrix } from './packed';
import { packedEmbedding } from './packedEmbedding';
import { recordAs } from './recording';

/** Token ids with the order in which the gradient adds their rows. */
export interface EmbeddingIndex {
  /** int32 [N], each below V. */
  ids: Tensor;
  /** int32 [N]: token numbers, grouped by id, ascending within a group. */
  order: Tensor;
  /** int32 [V+1]: the tokens of id v are order[starts[v]] … order[starts[v+1] − 1]. */
  starts: Tensor;
}

/** Counting sort of the tokens by id. Throws RangeError for an id outside 0 … vocabSize−1. */
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

interface Attrs {
  scale: number;
}

const GROUP = 64;
type Lanes = 1 | 4;
const lanesOf = (width: number): Lanes => (width % 4 === 0 ? 4 : 1);
const typeOf = (lanes: Lanes): string => (lanes === 4 ? 'vec4f' : 'f32');

const forwardShader = (lanes: Lanes): string => `
struct Params { n: u32, width: u32, scale: f32 };
@group(0) @binding(0) var<storage, read_write> y: array<${typeOf(lanes)}>;
@group(0) @binding(1) var<storage, read> weight: array<${typeOf(lanes)}>;
@group(0) @binding(2) var<storage, read> ids: array<i32>;
@group(0) @binding(3) var<uniform> p: Params;
@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = ${flatIndex(GROUP)};
  if (i >= p.n) { return; }
  y[i] = p.scale * weight[u32(ids[i / p.width]) * p.width + i % p.width];
}`;

const gradientShader = (lanes: Lanes): string => `
struct Params { n: u32, width: u32, scale: f32 };
@group(0) @binding(0) var<storage, read_write> dweight: array<${typeOf(lanes)}>;
@group(0) @binding(1) var<storage, read> dy: array<${typeOf(lanes)}>;
@group(0) @binding(2) var<storage, read> order: array<i32>;
@group(0) @binding(3) var<storage, read> starts: array<i32>;
@group(0) @binding(4) var<uniform> p: Params;
@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = ${flatIndex(GROUP)};
  if (i >= p.n) { return; }
  let v = i / p.width;
  let column = i % p.width;
  var sum = ${typeOf(lanes)}(0.0);
  for (var j = starts[v]; j < starts[v + 1u]; j++) { sum += dy[u32(order[j]) * p.width + column]; }
  dweight[i] = p.scale * sum;
}`;

/** Both kernels have one invocation per (vector) element of their result, a matrix [rows, width]. */
function dispatch(
  key: string,
  shader: (lanes: Lanes) => string,
  out: TensorInfo,
  reads: TensorInfo[],
  { scale }: Attrs,
): TensorInfo[] {
  const [rows, columns] = [out.shape[0]!, out.shape[1]!];
  const lanes = lanesOf(columns);
  const width = columns / lanes;
  gpu().run({
    key: `${key} ${lanes}`,
    wgsl: () => shader(lanes),
    binds: [{ tensor: out, write: true }, ...reads.map((tensor) => ({ tensor }))],
    params: (view) => {
      view.setUint32(0, rows * width, true);
      view.setUint32(4, width, true);
      view.setFloat32(8, scale, true);
    },
    workgroups: grid1d(rows * width, GROUP),
  });
  return [out];
}

const gradientOp = defineOp<'dy' | 'order' | 'starts', Attrs>({
  name: 'AtelierEmbeddingGradient',
  gpu: ({ dy, order, starts }, attrs) => {
    const dweight = gpu().alloc([starts.shape[0]! - 1, dy.shape[1]!]);
    return dispatch('embedding gradient', gradientShader, dweight, [dy, order, starts], attrs);
  },
  reference: ({ dy, order, starts }, { scale }) => {
    const width = dy.shape[1]!;
    const dweight = zeros([starts.shape[0]! - 1, width], dy);
    for (let v = 0; v < dweight.shape[0]!; v++)
      for (let c = 0; c < width; c++) {
        let sum = 0;
        for (let j = starts.data[v]!; j < starts.data[v + 1]!; j++) sum += dy.data[order.data[j]! * width + c]!;
        dweight.data[v * width + c] = scale * sum;
      }
    return [dweight];
  },
});

const embeddingOp = defineOp<'weight' | 'ids' | 'order' | 'starts', Attrs>({
  name: 'AtelierEmbedding',
  gpu: ({ weight, ids }, attrs) =>
    dispatch('embedding', forwardShader, gpu().alloc([ids.shape[0]!, weight.shape[1]!]), [weight, ids], attrs),
  reference: ({ weight, ids }, { scale }) => {
    const width = weight.shape[1]!;
    const y = zeros([ids.shape[0]!, width], weight);
    ids.data.forEach((id, n) => {
      for (let c = 0; c < width; c++) y.data[n * width + c] = scale * weight.data[id * width + c]!;
    });
    return [y];
  },
  save: { inputs: ['order', 'starts'] },
  gradient: ([dy], [order, starts], attrs) => ({
    weight: () => gradientOp({ dy: dy!, order: order!, starts: starts! }, attrs)[0]!,
  }),
});

/** Rows of a packed weight; the gradient is that of its master, if it has one. */
function ofPacked(weight: PackedMatrix, { ids, order, starts }: EmbeddingIndex, scale: number): Tensor {
  const { master } = weight;
  if (!master) return packedEmbedding(weight, ids, scale);
  const [y] = recordAs(() => ({
    kernelName: 'embedding of a copy',
    inputs: { master },
    outputs: [packedEmbedding(weight, ids, scale)],
    backward: ([dy]) => ({ master: gradientOp({ dy: dy!, order, starts }, { scale })[0]! }),
  }));
  return y!;
}

/** Rows of weight [V, C] for N tokens, times `scale`: [N, C]. A packed weight without a master is frozen. */
export function embedding(weight: Matrix, index: EmbeddingIndex, scale = 1): Tensor {
  if (isPacked(weight)) return ofPacked(weight, index, scale);
  const { ids, order, starts } = index;
  return embeddingOp({ weight, ids, order, starts }, { scale })[0]!;
}

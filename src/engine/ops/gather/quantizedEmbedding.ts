/**
 * Rows of a packed embedding matrix, dequantised as they are read: y[n] = scale·weight[ids[n]]. It is frozen, so there
 * is no gradient.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineOp, flatGrid, flatIndex, FLAT_GROUP, gpu, shader, struct } from '../../device/kernel';
import type { QuantizedMatrix } from '../matrix/matrix';
import { dequantSetup, rightWGSL } from '../matrix/dequantWgsl';
import { rowLayout, dequantizeRows, type QuantizedKind } from '../matrix/quantize';

/** The rows before the kernel are some of a larger matrix. */
interface Place {
  scale: number;
  first: number;
  count: number;
}

type Attrs = { kind: QuantizedKind; columns: number } & Place;

const Params = struct('Params', {
  n: 'u32',
  quads: 'u32',
  columns: 'u32',
  words: 'u32',
  scales: 'u32',
  scale: 'f32',
  first: 'i32',
  count: 'i32',
});

/** One invocation for four columns of a token; tokens of other rows are left as they are. */
const gathered = shader(
  'embedding quantized',
  ({ kind }: { kind: QuantizedKind }) => `
${Params.wgsl}
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> B: array<u32>;
@group(0) @binding(2) var<storage, read> ids: array<i32>;
@group(0) @binding(3) var<uniform> p: Params;
${rightWGSL(kind, 'p.scales')}
@compute @workgroup_size(${FLAT_GROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  ${dequantSetup(kind, 'local')}
  let i = ${flatIndex(FLAT_GROUP)};
  if (i >= p.n) { return; }
  let token = i / p.quads;
  let column = 4u * (i % p.quads);
  let row = ids[token] - p.first;
  if (row < 0 || row >= p.count) { return; }
  let values = p.scale * right(u32(row) * p.words, column);
  for (var q = 0u; q < 4u && column + q < p.columns; q++) { y[token * p.columns + column + q] = values[q]; }
}`,
);

const packedEmbeddingOp = defineOp<'y' | 'words' | 'ids', Attrs>({
  name: 'AtelierPackedEmbedding',
  gpu: ({ y, words, ids }, { kind, columns, scale, first, count }) => {
    const quads = Math.ceil(columns / 4);
    const layout = rowLayout(kind, columns);
    const n = ids.shape[0]! * quads;
    gpu().run({
      shader: gathered({ kind }),
      binds: [{ tensor: y, write: true }, { tensor: words }, { tensor: ids }],
      params: Params.all({ n, quads, columns, words: layout.words, scales: layout.scales, scale, first, count }),
      workgroups: flatGrid(n),
    });
    return [];
  },
  reference: ({ y, words, ids }, { kind, columns, scale, first, count }) => {
    const perRow = rowLayout(kind, columns).words;
    ids.data.forEach((id, n) => {
      const at = id - first;
      if (at < 0 || at >= count) return;
      const row = dequantizeRows(kind, columns, Int32Array.from(words.data.subarray(at * perRow, (at + 1) * perRow)));
      row.forEach((v, c) => (y.data[n * columns + c] = scale * v));
    });
    return [];
  },
});

/**
 * Puts the rows of a packed matrix, times `scale`, into y [N, C]: those of tokens whose ids are `first` … `first +
 * count − 1`.
 */
export function quantizedEmbeddingInto(
  y: Tensor,
  { kind, shape, words }: QuantizedMatrix,
  ids: Tensor,
  place: Place,
): void {
  packedEmbeddingOp({ y, words, ids }, { kind, columns: shape[1], ...place });
}

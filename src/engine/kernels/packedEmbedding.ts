/** Rows of a packed embedding matrix, dequantised as they are read: y[n] = scale·weight[ids[n]]. It is frozen, so there is no gradient. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineOp, flatIndex, gpu, grid1d, zeros } from './kernel';
import { prepare, rightWGSL, type PackedMatrix } from './packed';
import { rowLayout, unpackRows, type PackedKind } from './quantize';

interface Attrs {
  kind: PackedKind;
  columns: number;
  scale: number;
}

const GROUP = 64;

/** One invocation for four columns of a token. */
const shader = (kind: PackedKind): string => `
struct Params { n: u32, quads: u32, columns: u32, words: u32, scales: u32, scale: f32 };
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> B: array<u32>;
@group(0) @binding(2) var<storage, read> ids: array<i32>;
@group(0) @binding(3) var<uniform> p: Params;
${rightWGSL(kind, 'p.scales')}
@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  ${prepare(kind, 'local')}
  let i = ${flatIndex(GROUP)};
  if (i >= p.n) { return; }
  let token = i / p.quads;
  let column = 4u * (i % p.quads);
  let values = p.scale * right(u32(ids[token]) * p.words, column);
  for (var q = 0u; q < 4u && column + q < p.columns; q++) { y[token * p.columns + column + q] = values[q]; }
}`;

const packedEmbeddingOp = defineOp<'words' | 'ids', Attrs>({
  name: 'AtelierPackedEmbedding',
  gpu: ({ words, ids }, { kind, columns, scale }) => {
    const y = gpu().alloc([ids.shape[0]!, columns]);
    const quads = Math.ceil(columns / 4);
    const layout = rowLayout(kind, columns);
    gpu().run({
      key: `embedding ${kind}`,
      wgsl: () => shader(kind),
      binds: [{ tensor: y, write: true }, { tensor: words }, { tensor: ids }],
      params: (view) => {
        const counts = [ids.shape[0]! * quads, quads, columns, layout.words, layout.scales];
        counts.forEach((n, i) => view.setUint32(4 * i, n, true));
        view.setFloat32(20, scale, true);
      },
      workgroups: grid1d(ids.shape[0]! * quads, GROUP),
    });
    return [y];
  },
  reference: ({ words, ids }, { kind, columns, scale }) => {
    const y = zeros([ids.shape[0]!, columns], words);
    const perRow = rowLayout(kind, columns).words;
    ids.data.forEach((id, n) => {
      const row = unpackRows(kind, columns, Int32Array.from(words.data.subarray(id * perRow, (id + 1) * perRow)));
      row.forEach((v, c) => (y.data[n * columns + c] = scale * v));
    });
    return [y];
  },
});

/** Rows of a packed matrix [V, C] for N tokens, times `scale`: [N, C]. */
export function packedEmbedding({ kind, shape, words }: PackedMatrix, ids: Tensor, scale: number): Tensor {
  return packedEmbeddingOp({ words, ids }, { kind, columns: shape[1], scale })[0]!;
}

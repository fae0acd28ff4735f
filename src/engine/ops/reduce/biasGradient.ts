/** A bias is added to every row, so its gradient is the sum of the rows': db_j = Σ_i dy_ij. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { columnSum, partsShader } from './columnSum';
import { defineOp, fixedShader, zeros } from '../../device/kernel';

const term = fixedShader(
  'bias gradient',
  partsShader(
    1,
    `
@group(0) @binding(1) var<storage, read> dy: array<f32>;
fn term(row: u32, column: u32) -> f32 { return dy[row * p.width + column]; }`,
  ),
);

const biasGradientOp = defineOp<'dy'>({
  name: 'AtelierBiasGradient',
  gpu: ({ dy }) => [columnSum({ shader: term, reads: [dy], rows: dy.shape[0]!, columns: dy.shape[1]! })],
  reference: ({ dy }) => {
    const columns = dy.shape[1]!;
    const db = zeros([columns], dy);
    dy.data.forEach((value, i) => (db.data[i % columns]! += value));
    return [db];
  },
});

/** The gradient [C] of a bias, from dy [N, C]. Has none itself. */
export function biasGradient(dy: Tensor): Tensor {
  return biasGradientOp({ dy })[0]!;
}

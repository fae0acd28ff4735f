// Losses of states under a head, as their tests share it: run on either backend, and held against their own slopes.
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { valueAndGradients } from '../../../../src/engine/autodiff/tape';
import type { CpuTensor } from '../../../../src/engine/device/kernel';
import type { LabelIndex } from '../../../../src/engine/ops/loss/linearCrossEntropy';
import { labelIndex } from '../../../../src/engine/training/tokenBatch';
import { inF64, onBackend } from '../../../gpu';
import { randomTensor, toTensor, values } from '../../../tensors';

/** States [N, C] and a head [K, C] with labels. */
export type HeadProblem = Record<'x' | 'head' | 'rows' | 'targets' | 'weights', CpuTensor>;

export interface HeadLoss {
  loss(x: tf.Tensor, head: tf.Tensor, labels: LabelIndex): { loss: tf.Tensor; stats: tf.Tensor };
  /** The stats without gradients, as an evaluation has them. */
  measured(x: tf.Tensor, head: tf.Tensor, labels: LabelIndex): tf.Tensor;
}

/** @param room places for labels */
export function headProblem(width: number, outputs: number, targets: Int32Array, room: number): HeadProblem {
  const weights = Float32Array.from(targets, (_, i) => 0.25 + (i % 3));
  const index = labelIndex({ targets, weights }, room);
  const vector = (data: Float32Array | Int32Array): CpuTensor => ({ shape: [room], data });
  return {
    x: randomTensor('x', [targets.length, width]),
    head: randomTensor('head', [outputs, width]),
    rows: vector(index.rows),
    targets: vector(index.targets),
    weights: vector(index.weights),
  };
}

/** Loss, stats, those of an evaluation, and the gradients by the states and by a head that is trained; on `cpu` in f64. */
export function computed(backend: 'webgpu' | 'cpu', given: HeadProblem, of: HeadLoss, frozen = false) {
  return onBackend(backend, async () => {
    const tensor = (t: CpuTensor) => toTensor(backend === 'cpu' ? inF64(t) : t);
    const [x, head] = [tensor(given.x), tensor(given.head)];
    const labels = { rows: tensor(given.rows), targets: tensor(given.targets), weights: tensor(given.weights) };
    const before = tf.memory().numTensors;
    const { values: outputs, grads } = valueAndGradients(
      () => {
        const { loss, stats } = of.loss(x, head, labels);
        return [loss, stats];
      },
      frozen ? [x] : [x, head],
    );
    const measured = of.measured(x, head, labels);
    const results = [];
    for (const t of [...outputs, measured, ...grads]) results.push(Float64Array.from(await values(t!)));
    tf.dispose([outputs, measured, grads.map((g) => g!)]);
    expect(tf.memory().numTensors, 'tensors left behind').toBe(before);
    tf.dispose([x, head, ...Object.values(labels)]);
    return results;
  });
}

/** The gradients of the reference are the slopes of its loss. */
export async function expectSlopes(given: HeadProblem, of: HeadLoss): Promise<void> {
  const exact: HeadProblem = { ...given, x: inF64(given.x), head: inF64(given.head) };
  const [, , , dx, dhead] = await computed('cpu', exact, of);
  for (const [name, gradient] of Object.entries({ x: dx!, head: dhead! }))
    for (let i = 0; i < gradient.length; i++) {
      const lossAt = async (h: number): Promise<number> => {
        const { shape, data } = exact[name as 'x' | 'head'];
        const moved = data.slice();
        moved[i]! += h;
        return (await computed('cpu', { ...exact, [name]: { shape, data: moved } }, of))[0]![0]!;
      };
      const slope = ((await lossAt(1e-5)) - (await lossAt(-1e-5))) / 2e-5;
      expect(Math.abs(slope - gradient[i]!)).toBeLessThan(1e-8);
    }
}

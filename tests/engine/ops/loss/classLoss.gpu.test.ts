import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { stream } from '../../../../src/base/numbers/rng';
import { valueAndGradients } from '../../../../src/engine/autodiff/tape';
import type { CpuTensor } from '../../../../src/engine/device/kernel';
import { classLoss, classStats } from '../../../../src/engine/ops/loss/classLoss';
import { labelIndex } from '../../../../src/engine/training/tokenBatch';
import { onBackend, testEngine } from '../../../gpu';
import { randomTensor, relativeError, toTensor, values } from '../../../tensors';

interface Case {
  rows: number;
  width: number;
  classes: number;
  several: boolean;
  /** Places for labels. */
  room: number;
}

const CASES: Case[] = [
  { rows: 1, width: 3, classes: 2, several: false, room: 1 },
  { rows: 65, width: 12, classes: 3, several: false, room: 60 },
  { rows: 300, width: 5, classes: 129, several: false, room: 270 },
  { rows: 1, width: 3, classes: 1, several: true, room: 1 },
  { rows: 67, width: 7, classes: 5, several: true, room: 67 },
  { rows: 290, width: 4, classes: 31, several: true, room: 280 },
];

const STEP = { lossScale: 0.37 };

interface Problem {
  x: CpuTensor;
  head: CpuTensor;
  index: ReturnType<typeof labelIndex>;
  several: boolean;
  positives?: number[];
}

function problem({ rows, width, classes, several, room }: Case): Problem {
  const random = stream(1, 'test', 'classes');
  const most = several ? 2 ** classes : classes;
  const targets = Int32Array.from({ length: rows }, (_, i) => (i % 9 === 4 ? -1 : random.below(most)));
  const weights = Float32Array.from({ length: rows }, (_, i) => 0.25 + (i % 3));
  const positives = Array.from({ length: classes }, (_, k) => 0.5 + k);
  const head = randomTensor('head', [classes, width]);
  return {
    x: randomTensor('x', [rows, width]),
    head,
    index: labelIndex({ targets, weights }, room),
    several,
    positives,
  };
}

const inF64 = (t: CpuTensor): CpuTensor =>
  t.data instanceof Int32Array ? t : { shape: t.shape, data: Float64Array.from(t.data) };

/** Loss, stats, the stats of an evaluation and both gradients; on `cpu` in f64. */
function run(backend: 'webgpu' | 'cpu', given: Problem): Promise<Float64Array[]> {
  return onBackend(backend, async () => {
    const tensor = (t: CpuTensor) => toTensor(backend === 'cpu' ? inF64(t) : t);
    const vector = (data: Float32Array | Int32Array) => tensor({ shape: [data.length], data });
    const [x, head] = [tensor(given.x), tensor(given.head)];
    const { rows, targets, weights } = given.index;
    const labels = { rows: vector(rows), targets: vector(targets), weights: vector(weights) };
    const { several, positives } = given;
    const before = tf.memory().numTensors;
    const { values: outputs, grads } = valueAndGradients(() => {
      const { loss, stats } = classLoss(x, head, labels, { several, positives, step: STEP });
      return [loss, stats];
    }, [x, head]);
    const measured = classStats(x, head, labels, { several, positives });
    const results = [];
    for (const t of [...outputs, measured, ...grads]) results.push(Float64Array.from(await values(t!)));
    tf.dispose([outputs, measured, grads.map((g) => g!)]);
    expect(tf.memory().numTensors, 'tensors left behind').toBe(before);
    tf.dispose([x, head, ...Object.values(labels)]);
    return results;
  });
}

describe('classLoss', () => {
  test.each(CASES)('equals its reference: %o', async (given) => {
    const inputs = problem(given);
    const [got, expected] = [await run('webgpu', inputs), await run('cpu', inputs)];
    got.forEach((found, i) => expect(relativeError(found, expected[i]!), `result ${i}`).toBeLessThan(5e-6));
    expect(relativeError(got[1]!, got[2]!), 'evaluation').toBeLessThan(1e-6);
    expect(await run('webgpu', inputs), 'the same bits again').toEqual(got);
  });

  test.each([CASES[1]!, CASES[4]!])('the gradients of the reference are the slopes of its loss: %o', async (given) => {
    const inputs = problem({ ...given, rows: 6, width: 3, room: 6 });
    const exact: Problem = { ...inputs, x: inF64(inputs.x), head: inF64(inputs.head) };
    const [, , , dx, dhead] = await run('cpu', exact);
    for (const [name, gradient] of [
      ['x', dx!],
      ['head', dhead!],
    ] as const)
      for (let i = 0; i < gradient.length; i++) {
        const lossAt = async (h: number): Promise<number> => {
          const data = exact[name].data.slice();
          data[i]! += h;
          return (await run('cpu', { ...exact, [name]: { ...exact[name], data } }))[0]![0]!;
        };
        const slope = ((await lossAt(1e-5)) - (await lossAt(-1e-5))) / 2e-5;
        expect(Math.abs(slope - gradient[i]!)).toBeLessThan(1e-8);
      }
  });

  test.each([false, true])('is NaN where a logit is not finite; several: %s', async (several) => {
    await testEngine();
    const inputs = problem({ rows: 5, width: 3, classes: 3, several, room: 5 });
    inputs.x.data[4] = NaN;
    expect((await run('webgpu', inputs))[0]![0]).toBeNaN();
  });
});

import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { stream } from '../../../../src/base/numbers/rng';
import type { CpuTensor } from '../../../../src/engine/device/kernel';
import {
  linearCrossEntropy,
  linearCrossEntropyStats,
  chunksOf,
} from '../../../../src/engine/ops/loss/linearCrossEntropy';
import { linear } from '../../../../src/engine/ops/matmul/linear';
import { disposeMatrix, newMatrix, writeRows, type Matrix } from '../../../../src/engine/ops/matrix/matrix';
import { tokenLogProbs } from '../../../../src/engine/ops/loss/tokenLogProbs';
import { valueAndGradients } from '../../../../src/engine/autodiff/tape';
import { labelIndex } from '../../../../src/engine/training/tokenBatch';
import { checkOp, testEngine } from '../../../gpu';
import { relativeError, toTensor, values } from '../../../tensors';
import { computed, expectSlopes, headProblem, type HeadLoss, type HeadProblem } from './headLoss';

interface Case {
  rows: number;
  width: number;
  vocab: number;
  /** Of ten rows so many have a label. */
  labelled: number;
  /** Places for labels. */
  room: number;
  /** Of one part's logits. */
  bytes?: number;
}

const CASES: Case[] = [
  { rows: 1, width: 3, vocab: 5, labelled: 10, room: 1 },
  { rows: 17, width: 8, vocab: 12, labelled: 7, room: 17 },
  { rows: 65, width: 12, vocab: 33, labelled: 3, room: 40 },
  { rows: 150, width: 5, vocab: 20, labelled: 8, room: 150, bytes: 1 },
  { rows: 300, width: 16, vocab: 29, labelled: 5, room: 200, bytes: 4 * 29 * 70 },
];

function problem({ rows, width, vocab, labelled, room }: Case): HeadProblem {
  const random = stream(1, 'test', 'labels');
  const targets = Int32Array.from({ length: rows }, () => (random.below(10) < labelled ? random.below(vocab) : -1));
  targets[0] = 0;
  return headProblem(width, vocab, targets, room);
}

const STEP = { lossScale: 0.37 };

/** @param bytes of one part's logits */
const inParts = (bytes?: number): HeadLoss => ({
  loss: (x, head, labels) => linearCrossEntropy(x, head, labels, STEP, bytes),
  measured: (x, head, labels) => linearCrossEntropyStats(x, head, labels, bytes),
});

describe('linearCrossEntropy', () => {
  test.each(CASES)('equals its reference: %o', async (given) => {
    const [inputs, loss] = [problem(given), inParts(given.bytes)];
    const [got, expected] = [await computed('webgpu', inputs, loss), await computed('cpu', inputs, loss)];
    got.forEach((values, i) => expect(relativeError(values, expected[i]!), `result ${i}`).toBeLessThan(3e-6));
    expect(relativeError(got[1]!, got[2]!), 'evaluation').toBeLessThan(1e-6);
    const frozen = await computed('webgpu', inputs, loss, true);
    expect(frozen).toEqual(got.slice(0, 4));
  });

  test('in parts, and of graded rows only, is what it is at once', async () => {
    const inputs = problem(CASES[4]!);
    const [parts, once] = [await computed('cpu', inputs, inParts(1)), await computed('cpu', inputs, inParts())];
    parts.forEach((values, i) => expect(relativeError(values, once[i]!)).toBeLessThan(1e-14));
    const all = labelIndex({ targets: new Int32Array(300).fill(-1) }, 300);
    inputs.rows.data.forEach((row, i) => {
      if (row < 0) return;
      all.targets[row] = inputs.targets.data[i]!;
      all.weights[row] = inputs.weights.data[i]!;
    });
    const vector = (data: Float32Array | Int32Array): CpuTensor => ({ shape: [300], data });
    const ungathered = {
      ...inputs,
      rows: vector(all.rows),
      targets: vector(all.targets),
      weights: vector(all.weights),
    };
    const whole = await computed('cpu', ungathered, inParts());
    whole.forEach((values, i) => expect(relativeError(values, once[i]!)).toBeLessThan(1e-14));
  });

  test('the gradients of the reference are the slopes of its loss', async () => {
    await expectSlopes(problem({ rows: 6, width: 3, vocab: 7, labelled: 6, room: 5 }), inParts());
  });
});

/** Loss, dx and log-probabilities with their dx under a head [29, 16]. */
async function under(head: Matrix, inputs: HeadProblem): Promise<Float64Array[]> {
  const x = toTensor(inputs.x);
  const labels = { rows: toTensor(inputs.rows), targets: toTensor(inputs.targets), weights: toTensor(inputs.weights) };
  const loss = valueAndGradients(() => linearCrossEntropy(x, head, labels, STEP).loss, [x]);
  const logProbs = valueAndGradients(() => tokenLogProbs(x, head, labels), [x]);
  const results = [];
  for (const t of [...loss.values, ...loss.grads, ...logProbs.values, ...logProbs.grads])
    results.push(Float64Array.from(await values(t!)));
  tf.dispose([loss.values, logProbs.values, [...loss.grads, ...logProbs.grads].map((g) => g!)]);
  tf.dispose([x, ...Object.values(labels)]);
  return results;
}

describe('a packed head', () => {
  test.each(['f16', 'q8'] as const)('of %s gives what its own values give', async (kind) => {
    await testEngine();
    const inputs = problem(CASES[4]!);
    const packed = newMatrix(kind, [29, 16]);
    writeRows(packed, 0, Float32Array.from(inputs.head.data));
    const identity = toTensor({
      shape: [16, 16],
      data: Float32Array.from({ length: 256 }, (_, i) => Number(i % 17 === 0)),
    });
    const transposed = linear(identity, packed); // W Iᵀ, turned
    const head = tf.transpose(transposed);
    const [got, expected] = [await under(packed, inputs), await under(head, inputs)];
    got.forEach((values, i) => expect(relativeError(values, expected[i]!)).toBeLessThan(2e-6));
    disposeMatrix(packed);
    tf.dispose([identity, transposed, head]);
  });
});

describe('tokenLogProbs', () => {
  test.each(CASES)('equals its reference, with any dy: %o', async (given) => {
    const { x, head, ...labels } = problem(given);
    await checkOp({
      run: ({ x, head, rows, targets, weights }) =>
        tokenLogProbs(x!, head!, { rows: rows!, targets: targets!, weights: weights! }, given.bytes),
      inputs: { x, head, ...labels },
      by: ['x', 'head'],
    });
  });
});

describe('the parts of the rows', () => {
  test('are one where the logits are small, and of nearly equal size elsewhere', async () => {
    await testEngine();
    expect(chunksOf(1024, 512)).toEqual([{ from: 0, count: 1024 }]);
    const parts = chunksOf(1000, 49_152);
    expect(parts.map((p) => p.count)).toEqual([167, 167, 167, 167, 167, 165]);
    expect(parts.at(-1)!.from + parts.at(-1)!.count).toBe(1000);
    expect(chunksOf(200, 262_144).map((p) => p.count)).toEqual([50, 50, 50, 50]);
  });
});

describe('the index of labels', () => {
  test('has graded rows in their order, padded; all rows where it has room for all', () => {
    const targets = Int32Array.of(-1, 5, -1, 7);
    const [some, all] = [labelIndex({ targets }, 3), labelIndex({ targets, weights: Float32Array.of(9, 2, 9, 3) }, 4)];
    expect([...some.rows, ...some.targets, ...some.weights]).toEqual([1, 3, -1, 5, 7, -1, 1, 1, 0]);
    expect([...all.rows, ...all.targets]).toEqual([0, 1, 2, 3, -1, 5, -1, 7]);
    expect([all.weights[1], all.weights[3]]).toEqual([2, 3]);
    expect(() => labelIndex({ targets }, 1)).toThrow(RangeError);
  });
});

import { describe, expect, test } from 'vitest';
import { stream } from '../../../../src/base/numbers/rng';
import { classLoss, classStats } from '../../../../src/engine/ops/loss/classLoss';
import { testEngine } from '../../../gpu';
import { relativeError } from '../../../tensors';
import { computed, expectSlopes, headProblem, type HeadLoss, type HeadProblem } from './headLoss';

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

function problem({ rows, width, classes, several, room }: Case): HeadProblem {
  const random = stream(1, 'test', 'classes');
  const most = several ? 2 ** classes : classes;
  const targets = Int32Array.from({ length: rows }, (_, i) => (i % 9 === 4 ? -1 : random.below(most)));
  return headProblem(width, classes, targets, room);
}

function lossOf({ classes, several }: Case): HeadLoss {
  const read = { several, positives: Array.from({ length: classes }, (_, k) => 0.5 + k) };
  return {
    loss: (x, head, labels) => classLoss(x, head, labels, { ...read, step: STEP }),
    measured: (x, head, labels) => classStats(x, head, labels, read),
  };
}

describe('classLoss', () => {
  test.each(CASES)('equals its reference: %o', async (given) => {
    const [inputs, loss] = [problem(given), lossOf(given)];
    const [got, expected] = [await computed('webgpu', inputs, loss), await computed('cpu', inputs, loss)];
    got.forEach((found, i) => expect(relativeError(found, expected[i]!), `result ${i}`).toBeLessThan(5e-6));
    expect(relativeError(got[1]!, got[2]!), 'evaluation').toBeLessThan(1e-6);
    expect(await computed('webgpu', inputs, loss), 'the same bits again').toEqual(got);
  });

  test.each([CASES[1]!, CASES[4]!])('the gradients of the reference are the slopes of its loss: %o', async (given) => {
    await expectSlopes(problem({ ...given, rows: 6, width: 3, room: 6 }), lossOf(given));
  });

  test.each([false, true])('is NaN where a logit is not finite; several: %s', async (several) => {
    await testEngine();
    const given: Case = { rows: 5, width: 3, classes: 3, several, room: 5 };
    const inputs = problem(given);
    inputs.x.data[4] = NaN;
    expect((await computed('webgpu', inputs, lossOf(given)))[0]![0]).toBeNaN();
  });
});

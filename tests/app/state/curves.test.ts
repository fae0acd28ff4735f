import { describe, expect, test } from 'vitest';
import type { StepPoint } from '../../../src/base/wire/events';
import { Curves } from '../../../src/app/state/curves';

describe('curves of a run on pairs', () => {
  const point = (step: number, margin: number): StepPoint => ({
    ...{ step, loss: 1, accuracy: 1, gradNorm: 1, rate: 1, tokens: 8, milliseconds: 5, gpuBytes: 9 },
    rewards: { chosen: margin, rejected: 0, margin, accuracy: 1 },
  });

  test('what a resumed run measures again replaces its tail', () => {
    const curves = new Curves();
    [1, 2, 3, 2].forEach((at, i) => curves.addStep(point(at, 10 * i)));
    const { step, at, smooth } = curves;
    expect([...step.view()]).toEqual([1, 2]);
    expect([...at.margin.view()]).toEqual([0, 30]);
    expect(smooth.margin.last).toBeCloseTo(30);
    expect(at.logOddsRatio.last).toBeNaN();
  });
});

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

describe('the speed of steps whose numbers arrive together', () => {
  const took = (curves: Curves, ...milliseconds: number[]): void =>
    milliseconds.forEach((each, i) =>
      curves.addStep({
        ...{ step: i + 1, loss: 1, accuracy: 1, gradNorm: 1, rate: 1, tokens: 100, milliseconds: each, gpuBytes: 9 },
      }),
    );

  test('is that of both: the time of the first is that of all of them', () => {
    const curves = new Curves();
    took(curves, 100, 199.7, 0.3, 199.9, 0.1);
    expect([...curves.at.speed.view()].map(Math.round)).toEqual([1000, 1000, 1000, 1000, 1000]);
  });

  test('is their own where they came one after the other, also after a first step that compiled', () => {
    const curves = new Curves();
    took(curves, 3000, 50, 50, 50, 100);
    expect([...curves.at.speed.view()].slice(2).map(Math.round)).toEqual([2000, 2000, 1000]);
  });
});

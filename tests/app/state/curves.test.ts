import '../page';
import { overwriteGetLocale } from '../../../src/app/words/generated/runtime.js';
import { describe, expect, test } from 'vitest';
import { MOST_MIXED } from '../../../src/base/records/mix';
import type { StepPoint } from '../../../src/base/wire/events';
import { Curves } from '../../../src/app/state/curves';
import { textLinesOf } from '../../../src/app/state/measureLines';

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

describe('what the points are placed by', () => {
  const point = (step: number, more: Partial<StepPoint> = {}): StepPoint => ({
    ...{ step, loss: 1, accuracy: 1, gradNorm: 1, rate: 1, tokens: 8, milliseconds: 5, gpuBytes: 9 },
    ...more,
  });
  const held = (step: number) => ({ step, loss: 1, accuracy: 1, tokens: 1, best: false });

  test('sums of tokens and of the time of steps; a resumed run measures its tail again', () => {
    const curves = new Curves();
    curves.addStep(point(1));
    curves.addStep(point(2, { tokens: 4, milliseconds: 50 }));
    curves.addValidation(held(0));
    curves.addValidation(held(2));
    curves.addStep(point(2, { tokens: 6, milliseconds: 7 }));
    curves.addValidation(held(2));
    expect([...curves.x('tokens', false).view()]).toEqual([8, 14]);
    expect([...curves.x('time', false).view()]).toEqual([5, 12]);
    expect([...curves.x('tokens', true).view()]).toEqual([0, 14]);
    expect([...curves.x('step', true).view()]).toEqual([0, 2]);
    expect([curves.knows('tokens'), curves.knows('time')]).toEqual([true, true]);
  });

  test('records without a time for each step say so', () => {
    const { milliseconds: _, ...timeless } = point(2);
    const curves = new Curves();
    curves.addStep(point(1));
    curves.addStep(timeless as StepPoint);
    expect([curves.knows('time'), curves.knows('tokens'), curves.knows('step')]).toEqual([false, true, true]);
  });
});

describe('curves of a run that mixes texts', () => {
  overwriteGetLocale(() => 'en');
  const base = { loss: 1, accuracy: 1, gradNorm: 1, rate: 1, tokens: 8, milliseconds: 5, gpuBytes: 9 };

  test('have points where a text was graded, and what a resumed run measures again replaces their tail', () => {
    const curves = new Curves();
    const steps = [
      [1, 3, NaN],
      [2, 2, 8],
      [3, NaN, 6],
      [2, 1, 4],
    ] as const;
    for (const [step, ...origins] of steps) curves.addStep({ ...base, step, origins });
    curves.addValidation({ step: 2, loss: 1, accuracy: 1, tokens: 8, best: false, origins: [5, NaN] });
    const [first, second] = curves.texts;
    expect([...first!.training.step.view()]).toEqual([1, 2]);
    expect([...second!.training.step.view()]).toEqual([2]);
    expect(second!.training.loss.last).toBe(4);
    expect([first!.validation.loss.last, second!.validation.step.length]).toEqual([5, 0]);
    const lines = textLinesOf(['tea', 'owl'], curves);
    expect(lines.map(({ label, look, color }) => [label, look, color])).toEqual([
      ['tea', 'plain', 1],
      ['tea, held out', 'points', 1],
      ['owl', 'plain', 2],
      ['owl, held out', 'points', 2],
    ]);
  });

  test('are all told apart by colour or dash, as many as a run can mix', () => {
    const names = Array.from({ length: 1 + MOST_MIXED }, (_, i) => `text ${i}`);
    const looks = textLinesOf(names, new Curves()).map(({ color, dash, look }) => `${color} ${dash?.join()} ${look}`);
    expect(new Set(looks).size).toBe(2 * names.length);
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

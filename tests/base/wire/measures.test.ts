import { expect, test } from 'vitest';
import type { StepPoint } from '../../../src/base/wire/events';
import { AXES, MEASURE_NAMES, measuresOf, valuesOf } from '../../../src/base/wire/measures';

const point: StepPoint = {
  ...{ step: 3, loss: 1, accuracy: 0.25, gradNorm: 2, rate: 1e-3, tokens: 8, milliseconds: 4, gpuBytes: 9 },
  rewards: { chosen: 2, rejected: 1, margin: 1, accuracy: 0.75 },
};

test('a point as it is stored gives each measure by its name, that of its pairs too', () => {
  const values = valuesOf(point);
  expect(values).toMatchObject({ loss: 1, accuracy: 0.25, gradNorm: 2, chosen: 2, margin: 1, speed: 2000 });
  expect(values.logOddsRatio).toBeUndefined();
});

test('a step that took no time has no speed', () =>
  expect(valuesOf({ ...point, milliseconds: 0 }).speed).toBeUndefined());

test('each measure is drawn on one axis, and no axis is empty', () => {
  expect(AXES.flatMap(measuresOf).toSorted()).toEqual(MEASURE_NAMES.toSorted());
  expect(AXES.every((axis) => measuresOf(axis).length > 0)).toBe(true);
});

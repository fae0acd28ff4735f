import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { defaultSettings } from '../../../../src/base/settings/trainSettings';
import { rateAt, type ScheduleSettings } from '../../../../src/engine/training/optim/schedules';

const settings: ScheduleSettings = { ...defaultSettings(), learningRate: 0.01, warmupShare: 0.2, finalRateShare: 0.1 };

describe('rateAt', () => {
  test('warm-up and cosine are those of transformers', () => {
    const golden = JSON.parse(readFileSync(new URL('../../../fixtures/goldens/odd.json', import.meta.url), 'utf8')) as {
      train: ScheduleSettings;
      steps: { rate: number }[];
    };
    const { train, steps } = golden;
    steps.forEach(({ rate }, step) => expect(rateAt(train, step, steps.length)).toBeCloseTo(rate, 12));
  });

  test('the first step has a rate, the step after the warm-up the full one, the last one the final share', () => {
    expect(rateAt(settings, 0, 50)).toBeCloseTo(0.01 / 11, 12);
    expect(rateAt(settings, 9, 50)).toBeCloseTo(0.1 / 11, 12);
    expect(rateAt(settings, 10, 50)).toBe(0.01);
    expect(rateAt(settings, 49, 50)).toBeCloseTo(0.001, 12);
    expect(rateAt(settings, 60, 50)).toBeCloseTo(0.001, 12);
  });

  test('linear falls by equal parts, constant does not fall', () => {
    const linear = [10, 20, 30].map((step) => rateAt({ ...settings, schedule: 'linear' }, step, 50));
    expect(linear[0]! - linear[1]!).toBeCloseTo(linear[1]! - linear[2]!, 12);
    expect(rateAt({ ...settings, schedule: 'linear' }, 49, 50)).toBeCloseTo(0.001, 12);
    expect(rateAt({ ...settings, schedule: 'constant' }, 49, 50)).toBe(0.01);
  });

  test.each([1, 2, 3])('a run of %i steps has finite, positive rates', (total) => {
    for (let step = 0; step < total; step++) {
      const rate = rateAt({ ...settings, warmupShare: 0.9 }, step, total);
      expect(rate).toBeGreaterThan(0);
      expect(rate).toBeLessThanOrEqual(0.01);
    }
  });
});

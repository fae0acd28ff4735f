import { describe, expect, test } from 'vitest';
import { percentile95, tuningDefaults, type Tuned } from '../../../src/app/state/tuningDefaults';

const SMOL: Tuned = { parameters: 135e6, contextLength: 8192, method: 'lora', task: 'text' };

describe('defaults of a tuning', () => {
  test('a small model bears a higher rate than a large one, an adapter a higher one than all weights', () => {
    expect(tuningDefaults(SMOL).learningRate).toBe(2e-4);
    expect(tuningDefaults({ ...SMOL, parameters: 600e6 }).learningRate).toBe(1e-4);
    expect(tuningDefaults({ ...SMOL, method: 'full' }).learningRate).toBe(2e-5);
    expect(tuningDefaults({ ...SMOL, task: 'dpo' }).learningRate).toBe(2e-5);
  });

  test('an adapter of the smallest models bears 25 times the rate, and the rate falls with the size', () => {
    expect(tuningDefaults({ ...SMOL, parameters: 38e3 }).learningRate).toBe(5e-3);
    expect(tuningDefaults({ ...SMOL, parameters: 1.27e6, method: 'full' }).learningRate).toBe(5e-4);
    const rates = [1e6, 10e6, 30e6, 135e6, 360e6].map(
      (parameters) => tuningDefaults({ ...SMOL, parameters }).learningRate,
    );
    expect(rates).toEqual(rates.toSorted((a, b) => b! - a!));
  });

  test.each([
    ['chat', { tokens: 60 * 29, rows: 54, rowTokens: 30 }, 5, 1],
    ['chat', { tokens: 200 * 512, rows: 900, rowTokens: 500 }, 3, 4],
    ['chat', { tokens: 100, rows: 4, rowTokens: 25 }, 10, 1],
    ['dpo', { tokens: 9000, rows: 100, rowTokens: 40 }, 3, 2],
  ] as const)('%s of %o: %i epochs of updates of 2 × %i windows', (task, data, epochs, accumulate) => {
    const found = tuningDefaults({ ...SMOL, task, ...data });
    expect(found).toMatchObject({ epochs, accumulate });
  });

  test('an update has eight windows, fewer at a time where the model is large', () => {
    expect(tuningDefaults(SMOL)).toMatchObject({ batchSize: 2, accumulate: 4, epochs: 3, durationUnit: 'epochs' });
    expect(tuningDefaults({ ...SMOL, parameters: 600e6 })).toMatchObject({ batchSize: 1, accumulate: 8 });
  });

  test.each([
    [undefined, 512],
    [3, 64],
    [200, 224],
    [5000, 1024],
  ])('rows of %s tokens ask for a context of %i', (rowTokens, context) =>
    expect(tuningDefaults({ ...SMOL, ...(rowTokens && { rowTokens }) }).contextLength).toBe(context),
  );

  test('no context is longer than the model’s', () =>
    expect(tuningDefaults({ ...SMOL, contextLength: 128, rowTokens: 700 }).contextLength).toBe(128));

  test('95 of 100 values are not above the percentile', () => {
    expect(percentile95(Array.from({ length: 100 }, (_, i) => 100 - i))).toBe(95);
    expect(percentile95([7])).toBe(7);
    expect(percentile95([])).toBeUndefined();
  });
});

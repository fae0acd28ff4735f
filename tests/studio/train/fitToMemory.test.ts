// Proposals that make a run fit: what a step reads stays the same.
import { expect, test } from 'vitest';
import { defaultSettings } from '../../../src/base/settings/trainSettings';
import { fitToMemory } from '../../../src/studio/train/fitToMemory';
import { MODEL } from '../../storage/storage';

test('a smaller batch has as many more micro-batches', () => {
  const settings = { ...defaultSettings(), batchSize: 8, accumulate: 3 };
  const smaller = [...fitToMemory(settings, MODEL)].filter(({ batchSize }) => batchSize !== undefined);
  expect(smaller.length).toBeGreaterThan(0);
  for (const { batchSize, accumulate } of smaller) expect(batchSize! * accumulate!).toBe(24);
});

import { expect, test } from 'vitest';
import { testEngine } from '../gpu';
import { LONG } from '../dawn';
import { firstRun } from './firstRun';

test('a first run on a sample soon writes words of its text, however small the model is', LONG, async () => {
  await testEngine();
  const { parameters, share, words, text } = await firstRun('english-stories', '0.03M', 42, { steps: 40 });
  expect(parameters).toBeLessThan(50_000);
  expect(words).toBeGreaterThan(10);
  expect(share, text).toBeGreaterThanOrEqual(0.6);
});

import { expect, test } from 'vitest';
import { barOf, paceOf, timedFits } from '../../../../src/app/panels/Machine/pace';
import type { PresetFit } from '../../../../src/base/wire/machine';

const fit = (preset: PresetFit['preset'], seconds?: number, fits = true): PresetFit => ({
  ...{ preset, gpuBytes: 1, fits },
  ...(seconds !== undefined && { seconds }),
});

test('the largest size that one waits for says how fast a machine is', () => {
  expect(paceOf([fit('0.03M', 20), fit('0.1M', 340), fit('0.8M', 4000)])?.preset).toBe('0.1M');
});

test('a slow machine is told by its quickest size', () => {
  expect(paceOf([fit('0.03M', 1800), fit('0.1M', 9000)])?.preset).toBe('0.03M');
});

test('what does not fit or was not measured says nothing', () => {
  expect(paceOf([fit('0.03M'), fit('0.1M')])).toBeUndefined();
  expect(paceOf([fit('0.03M', 20), fit('0.1M', 30, false)])?.preset).toBe('0.03M');
  expect(timedFits([fit('0.03M', 20), fit('0.1M'), fit('0.8M', 30, false)]).length).toBe(1);
});

test('bars grow with the time and stay within their track', () => {
  const bars = [0.1, 60, 3600, 86_400, 1e12].map(barOf);
  expect(bars).toEqual(bars.toSorted((a, b) => a - b));
  expect([bars[0], bars.at(-1)]).toEqual([0.02, 1]);
});

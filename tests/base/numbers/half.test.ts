import { expect, test } from 'vitest';
import { floatToHalf, halfToFloat } from '../../../src/base/numbers/half';

test('every half comes back from the float that it is', () => {
  const wrong = Array.from({ length: 0x10000 }, (_, half) => half).filter((half) => {
    const value = halfToFloat(half);
    return Number.isNaN(value) ? !Number.isNaN(halfToFloat(floatToHalf(value))) : floatToHalf(value) !== half;
  });
  expect(wrong).toEqual([]);
});

test('between two halves the nearer one is taken, of two equally near the even one', () => {
  for (const half of [0, 1, 2, 0x3ff, 0x400, 0x401, 0x3c00, 0x3c01, 0x7bfe]) {
    const [low, high] = [halfToFloat(half), halfToFloat(half + 1)];
    const at = (share: number): number => floatToHalf(Math.fround(low + share * (high - low)));
    expect([at(0.25), at(0.5), at(0.75)]).toEqual([half, half % 2 ? half + 1 : half, half + 1]);
    expect(floatToHalf(-Math.fround(low + 0.75 * (high - low)))).toBe(0x8000 | (half + 1));
  }
});

test('what is too large becomes infinity', () => {
  expect([65519.99, 65520, Infinity, -1e9].map(floatToHalf)).toEqual([0x7bff, 0x7c00, 0x7c00, 0xfc00]);
});

import { expect, test } from 'vitest';
import { shader } from '../../../src/engine/device/shader';

interface Constants {
  lanes: 1 | 4;
  per: number;
  residual: boolean;
  kind?: string;
  sizes?: readonly number[];
}
const kernel = shader('norm', (c: Constants) => `text of ${c.lanes}`);
const BASE: Constants = { lanes: 1, per: 11, residual: false };

test('equal constants give one key, any other constant another', () => {
  expect(kernel({ ...BASE }).key).toBe(kernel({ ...BASE }).key);
  const others: Constants[] = [
    { ...BASE, lanes: 4 },
    { ...BASE, per: 1 },
    { ...BASE, residual: true },
    { ...BASE, kind: '' },
    { ...BASE, kind: 'q4' },
    { ...BASE, sizes: [] },
    { ...BASE, sizes: [1, 11] },
    { ...BASE, sizes: [11, 1] },
  ];
  const keys = [BASE, ...others].map((constants) => kernel(constants).key);
  expect(new Set(keys).size).toBe(keys.length);
});

test('constants that read the same side by side are not the same', () => {
  const pair = shader('pair', (c: { a: number; b: number }) => `${c.a}${c.b}`);
  expect(pair({ a: 1, b: 12 }).key).not.toBe(pair({ a: 11, b: 2 }).key);
});

test('the text is made of the constants, and only when it is asked for', () => {
  let made = 0;
  const counted = shader('counted', ({ lanes }: { lanes: number }) => `${(made++, lanes)} lanes`);
  const one = counted({ lanes: 4 });
  expect(made).toBe(0);
  expect(one.wgsl()).toBe('4 lanes');
});

import { expect, test } from 'vitest';
import { RowPass } from '../../../src/studio/data/rowPass';

test('rows that are seen twice are counted once', async () => {
  const told: [number, number | undefined][] = [];
  const pace = { due: () => true, rest: () => Promise.resolve() };
  const pass = new RowPass(3, ({ done, total }) => void told.push([done, total]), pace, 2);
  for (let i = 0; i < 6; i++) await pass.next();
  expect(told.at(-1)).toEqual([3, 3]);
  expect(told.every(([done]) => done <= 3)).toBe(true);
});

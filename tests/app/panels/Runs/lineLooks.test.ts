import { expect, test } from 'vitest';
import { LineLooks } from '../../../../src/app/panels/Runs/lineLooks';

test('a run keeps its look while it is drawn; one that comes gets a free one', () => {
  const looks = new LineLooks();
  const first = looks.of(['a', 'b', 'c']);
  const second = looks.of(['d', 'c', 'a']);
  expect([second.get('a'), second.get('c')]).toEqual([first.get('a'), first.get('c')]);
  expect(second.get('d')).toEqual(first.get('b'));
});

test('the first six differ in colour, and no two of 36 are the same', () => {
  const ids = Array.from({ length: 36 }, (_, i) => `r${i}`);
  const looks = [...new LineLooks().of(ids).values()];
  expect(new Set(looks.slice(0, 6).map(({ color }) => color)).size).toBe(6);
  expect(new Set(looks.map((look) => JSON.stringify(look))).size).toBe(36);
});

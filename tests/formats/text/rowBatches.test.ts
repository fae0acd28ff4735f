import { expect, test } from 'vitest';
import { inBatches } from '../../../src/formats/text/rowBatches';

test('rows come together, never too many at once, and none of them twice', () => {
  const rows = Array.from({ length: 2500 }, (_, i) => ({ row: `row ${i}` }));
  const batches = [...inBatches(rows)];
  expect(batches.map(({ length }) => length)).toEqual([1000, 1000, 500]);
  expect(batches.flat()).toEqual(rows);
  expect([...inBatches([])]).toEqual([]);
});

test('rows in front of a fault come before it is thrown', () => {
  function* faulty(): Generator<{ row: string }> {
    yield { row: 'a' };
    throw new RangeError('b');
  }
  const batches = inBatches(faulty());
  expect(batches.next().value).toEqual([{ row: 'a' }]);
  expect(() => batches.next()).toThrow('b');
});

// Which rows stand on the page: few, and the right ones, whatever the length of the table.
import { describe, expect, test } from 'vitest';
import {
  MOST_ROWS_SHOWN,
  barScale,
  scrolledHeight,
  scrollTopAfter,
  scrollTopFor,
  windowAt,
  type ScrolledTable,
} from '../../../../../src/app/panels/Data/Rows/rowWindow';

const MILLION: ScrolledTable = { rows: 1_000_000, rowHeight: 44, height: 600 };
const FEW: ScrolledTable = { rows: 1000, rowHeight: 44, height: 600 };

describe('a million rows', () => {
  test('fit into what browsers can scroll', () => {
    expect(scrolledHeight(MILLION)).toBeLessThan(17_000_000);
    expect(barScale(MILLION)).toBeGreaterThan(1);
  });

  test('show no more at any place than a page and some beside it, and the last at the end', () => {
    const room = scrolledHeight(MILLION) - MILLION.height;
    for (let step = 0; step <= 1000; step++) {
      const { first, count } = windowAt(MILLION, (room * step) / 1000);
      expect(count).toBeLessThanOrEqual(32);
      expect(first + count).toBeLessThanOrEqual(MILLION.rows);
    }
    const last = windowAt(MILLION, room);
    expect(last.first + last.count).toBe(MILLION.rows);
    expect(last.top + last.count * MILLION.rowHeight).toBeCloseTo(scrolledHeight(MILLION), 0);
  });

  test('the wheel moves rows, not the bar', () => {
    const before = windowAt(MILLION, 1_000_000).first;
    const after = windowAt(MILLION, scrollTopAfter(MILLION, 1_000_000, 440)).first;
    expect(after - before).toBe(10);
  });

  test('a row is scrolled to, wherever it is', () => {
    for (const row of [0, 1, 499_999, 999_999]) {
      const top = scrollTopFor(MILLION, row, 3_000_000);
      const from = top * barScale(MILLION);
      expect(from).toBeLessThanOrEqual(row * 44 + 1e-3);
      expect(from + 600).toBeGreaterThanOrEqual((row + 1) * 44 - 1e-3);
    }
  });
});

test('rows that fit are not scaled, and each stands in its place', () => {
  const { first, top } = windowAt(FEW, 4400);
  expect([barScale(FEW), first, top]).toEqual([1, 92, 92 * 44]);
  expect(scrollTopFor(FEW, 105, 4400)).toBe(4400);
});

test('a very high window shows a bounded number of rows', () => {
  expect(windowAt({ ...MILLION, height: 100_000 }, 0).count).toBe(MOST_ROWS_SHOWN);
});

test('no rows, and fewer than fill the window', () => {
  expect(windowAt({ ...FEW, rows: 0 }, 0).count).toBe(0);
  expect(windowAt({ ...FEW, rows: 3 }, 0)).toEqual({ first: 0, count: 3, top: 0 });
});

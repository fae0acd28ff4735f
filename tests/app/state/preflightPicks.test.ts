import { expect, test } from 'vitest';
import { picksOf, readPicks, withoutPick, withRows } from '../../../src/app/state/preflightPicks';
import type { RowPicks } from '../../../src/base/records/prepared';

const row = (datasetId: string, at: number) => ({ datasetId, row: at, hash: at * 7 });

test('a run is asked for what is picked of its own texts, and for nothing where that is nothing', () => {
  const picks: RowPicks = { near: true, leaks: true, rows: [row('a', 3), row('b', 5)] };
  expect(picksOf(picks, ['b'])).toEqual({ near: true, leaks: true, rows: [row('b', 5)] });
  expect(picksOf({ rows: [row('a', 3)] }, ['b'])).toBeUndefined();
  expect(picksOf({}, ['b'])).toBeUndefined();
});

test('a row is left out once however often it is picked, and a choice is taken back by itself', () => {
  const picks = withRows(withRows({ repeats: true }, [row('a', 3)]), [row('a', 3), row('a', 4)]);
  expect(picks).toEqual({ repeats: true, rows: [row('a', 3), row('a', 4)] });
  expect(withoutPick(picks, 'rows')).toEqual({ repeats: true });
});

test('a reload brings back what was picked, and nothing that is no choice', () => {
  const picks = { repeats: true, near: true, rows: [row('a', 3)] };
  expect(readPicks(JSON.parse(JSON.stringify(picks)))).toEqual(picks);
  const broken = {
    repeats: 'yes',
    near: 'x',
    leaks: 1,
    rows: [{ datasetId: 'a', row: 0, hash: 1 }, { row: 2, hash: 1 }, null],
  };
  expect([readPicks(broken), readPicks('x'), readPicks(undefined)]).toEqual([{}, {}, {}]);
});

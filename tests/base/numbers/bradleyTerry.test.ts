import { expect, test } from 'vitest';
import { bradleyTerry, type PairJudged } from '../../../src/base/numbers/bradleyTerry';
import { statisticsGolden } from '../../fixtures/evaluationStatistics';

const asPairs = (rows: [number, number, PairJudged['outcome']][]): PairJudged[] =>
  rows.map(([first, second, outcome]) => ({ first, second, outcome }));

test.each(statisticsGolden().bradleyTerry)('ratings and sandwich intervals, as arena-rank', ({ pairs, ratings }) => {
  const found = bradleyTerry(ratings.length, asPairs(pairs))!;
  for (const [i, [rating, low, high]] of ratings.entries()) {
    expect(Math.abs(found[i]!.rating - rating)).toBeLessThan(0.01);
    expect(Math.abs(found[i]!.low - low)).toBeLessThan(0.01);
    expect(Math.abs(found[i]!.high - high)).toBeLessThan(0.01);
  }
});

test('no ratings where one never lost, or was never compared', () => {
  expect(
    bradleyTerry(
      2,
      asPairs([
        [0, 1, 1],
        [1, 0, 0],
      ]),
    ),
  ).toBeUndefined();
  expect(bradleyTerry(3, asPairs([[0, 1, 0.5]]))).toBeUndefined();
  expect(bradleyTerry(1, [])).toBeUndefined();
});

test('a long series that nearly always one wins still ends', () => {
  const games = Array.from({ length: 1000 }, (_, i): [number, number, PairJudged['outcome']] => [0, 1, i ? 1 : 0]);
  const [a, b] = bradleyTerry(2, asPairs(games))!;
  expect(a!.rating - b!.rating).toBeCloseTo((400 / Math.LN10) * Math.log(999), 3);
});

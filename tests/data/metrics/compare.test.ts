import { describe, expect, test } from 'vitest';
import { pairedP, percentileInterval } from '../../../src/base/numbers/resampling';
import { compareRows, differenceOver } from '../../../src/data/metrics/compare';
import { bleu } from '../../../src/data/metrics/generation/bleu';
import { chrf } from '../../../src/data/metrics/generation/chrf';
import { answerCharacters } from '../../../src/data/metrics/generation/answerCharacters';
import { distinct1 } from '../../../src/data/metrics/generation/distinct1';
import { exactMatch } from '../../../src/data/metrics/generation/exactMatch';
import { meanLoss } from '../../../src/data/metrics/language/loss';
import type { RowStats } from '../../../src/data/metrics/metric';
import { textMetricsGolden } from '../../fixtures/textMetrics';

const { paired } = textMetricsGolden();

test.each([
  ['bleu', bleu],
  ['chrf', chrf],
] as const)('%s over given draws, its p-value and percentiles, as sacrebleu', (key, metric) => {
  const wanted = paired[key];
  const of = (answers: string[]): RowStats[] =>
    answers.map((answer, i) => metric.statsOf({ answer, references: [paired.references[i]!] })!);
  const [base, tuned] = [of(paired.base), of(paired.tuned)];
  const pairs = base.map((stats, i) => [stats, tuned[i]!] as const);
  const drawn = paired.draws.map((rows) => differenceOver(metric, pairs, rows)!);
  for (const [i, difference] of drawn.entries()) expect(difference).toBeCloseTo(wanted.differences[i]!, 9);
  expect(pairedP(drawn, wanted.tuned - wanted.base)).toBeCloseTo(wanted.p, 12);
  const interval = percentileInterval(drawn)!;
  expect([interval.low, interval.high][0]).toBeCloseTo(wanted.low, 9);
  expect(interval.high).toBeCloseTo(wanted.high, 9);
  const found = compareRows(metric, base, tuned, [...base.keys()], { seed: 1 });
  expect([found.base, found.tuned].map((value) => value!.toFixed(8))).toEqual(
    [wanted.base, wanted.tuned].map((value) => value.toFixed(8)),
  );
});

const hits = (flags: readonly number[]): RowStats[] => flags.map((flag) => [flag]);
const each = (rows: readonly unknown[]): number[] => [...rows.keys()];
const filled = (count: number, ones: number): number[] => Array.from({ length: count }, (_, i) => Number(i < ones));

describe('the verdict', () => {
  test('better where the interval is above zero, worse for a metric that is to fall', () => {
    const [base, tuned] = [hits(filled(40, 10)), hits(filled(40, 25))];
    const found = compareRows(exactMatch, base, tuned, each(base), { seed: 1 });
    expect(found).toMatchObject({ verdict: 'better', rows: 40, clusters: 40, notScored: 0 });
    expect(found.interval!.low).toBeGreaterThan(0);
    expect(found).not.toHaveProperty('moreRows');
    const losses = (nats: number): RowStats[] => each(base).map((i) => [nats + (i % 7) * 0.01, 1, 1, 1, 0]);
    expect(compareRows(meanLoss, losses(2), losses(2.5), each(base), { seed: 1 }).verdict).toBe('worse');
    expect(compareRows(answerCharacters, hits(filled(40, 10)), tuned, each(base), { seed: 1 }).verdict).toBe('higher');
  });

  test('unclear where it spans zero, with the rows that it would take', () => {
    const base = hits([...filled(20, 10), ...filled(20, 8)]);
    const tuned = hits([...filled(20, 8), ...filled(20, 12)]);
    const found = compareRows(exactMatch, base, tuned, each(base), { seed: 1 });
    expect(found.verdict).toBe('unclear');
    expect(found.interval!.low).toBeLessThan(0);
    expect(found.moreRows).toBeGreaterThan(40);
  });

  test('that many rows more, with what these show, settle it', () => {
    const [before, after] = [
      [1, 0, 0, 1, 0, 0, 1, 0, 0, 0],
      [0, 1, 1, 1, 0, 0, 1, 1, 0, 0],
    ];
    const copies = (flags: readonly number[], count: number): RowStats[] =>
      hits(Array.from({ length: count }, (_, i) => flags[i % flags.length]!));
    const of = (count: number) =>
      compareRows(exactMatch, copies(before, count), copies(after, count), each(filled(count, 0)), { seed: 1 });
    const few = of(10);
    expect(few.verdict).toBe('unclear');
    expect(of(10 + 2 * few.moreRows!).verdict).toBe('better');
  });

  test('unclear where fewer than six rows differ, even if all went one way', () => {
    const found = (count: number) =>
      compareRows(exactMatch, hits(filled(100, 0)), hits(filled(100, count)), each(filled(100, 0)), { seed: 1 });
    expect(found(5).verdict).toBe('unclear');
    expect(found(5).moreRows).toBeGreaterThanOrEqual(20);
    expect(found(7).verdict).toBe('better');
  });

  test('the same where no row differs, also of none that is equal by chance', () => {
    const rows = hits(filled(10, 4));
    expect(compareRows(exactMatch, rows, rows, each(rows), { seed: 1 }).verdict).toBe('same');
    const other = hits(filled(10, 4).reverse());
    const found = compareRows(exactMatch, rows, other, each(rows), { seed: 1 });
    expect(found).toMatchObject({ verdict: 'unclear', difference: 0 });
    expect(found).not.toHaveProperty('moreRows');
  });

  test('one cluster cannot tell', () => {
    const found = compareRows(exactMatch, hits(filled(40, 0)), hits(filled(40, 40)), filled(40, 0), { seed: 1 });
    expect(found).toMatchObject({ verdict: 'unclear', clusters: 1, difference: 1 });
  });

  test('no interval of what a row drawn twice would change', () => {
    const answers = (texts: string[]): RowStats[] =>
      texts.map((answer) => distinct1.statsOf({ answer, references: [] })!);
    const found = compareRows(distinct1, answers(['a b', 'c d']), answers(['a a', 'a a']), [0, 1], { seed: 1 });
    expect(found).toMatchObject({ verdict: 'uncounted', base: 1, tuned: 0.25 });
    expect(found).not.toHaveProperty('interval');
  });
});

test('rows that one of them did not score are counted apart', () => {
  const found = compareRows(exactMatch, [[1], undefined, [0]], [[1], [1], undefined], ['a', 'a', 'b'], { seed: 1 });
  expect(found).toMatchObject({ rows: 1, notScored: 2, base: 1, tuned: 1, verdict: 'same' });
  const none = compareRows(exactMatch, [undefined], [undefined], ['a'], { seed: 1 });
  expect(none).toEqual({ rows: 0, clusters: 0, notScored: 1, verdict: 'uncounted' });
});

test('rows that belong together widen the interval', () => {
  const [base, tuned] = [hits(filled(60, 0)), hits(Array.from({ length: 60 }, (_, i) => Number(i % 12 < 6)))];
  const width = (clusters: number[]): number => {
    const { low, high } = compareRows(exactMatch, base, tuned, clusters, { seed: 1 }).interval!;
    return high - low;
  };
  expect(width(each(base).map((row) => Math.floor(row / 6)))).toBeGreaterThan(1.5 * width(each(base)));
});

test('the same seed gives the same interval', () => {
  const [base, tuned] = [hits(filled(30, 10)), hits(filled(30, 14))];
  const of = (seed: number) => compareRows(exactMatch, base, tuned, each(base), { seed });
  expect(of(5)).toEqual(of(5));
});

// Metrics that are sums, or one pick: of running text, and of pairs. The path is of several files.
import { expect, test } from 'vitest';
import { textCounts } from '../../../src/data/metrics/language/nats';
import type { MetricTask, PreferenceRow, RowOf } from '../../../src/data/metrics/metric';
import { METRICS } from '../../../src/data/metrics/metrics';

function valuesOf<T extends MetricTask>(task: T, rows: readonly RowOf[T][]): Record<string, number | undefined> {
  return Object.fromEntries(
    METRICS[task].map((metric) => {
      const stats = rows.map((row) => metric.statsOf(row)).filter((one) => one !== undefined);
      return [metric.key, metric.ofRows(stats)];
    }),
  );
}

test('sums of rows, not means of rows', () => {
  const rows = [
    { nats: 6, tokens: 4, bytes: 10, words: 2, correct: 1 },
    { nats: 18, tokens: 4, bytes: 30, words: 6, correct: 3 },
  ];
  expect(valuesOf('language', rows)).toEqual({
    loss: 3,
    perplexity: Math.exp(3),
    bitsPerByte: 24 / Math.LN2 / 40,
    tokenAccuracy: 0.5,
    wordPerplexity: Math.exp(3),
    bytePerplexity: Math.exp(24 / 40),
  });
  const [uneven] = [[rows[0]!, { ...rows[1]!, tokens: 8 }]];
  expect(valuesOf('language', uneven)['loss']).toBe(2);
});

test('a row without a graded token, or with no finite loss, says nothing', () => {
  const empty = { nats: 0, tokens: 0, bytes: 0, words: 1, correct: 0 };
  const broken = { nats: NaN, tokens: 3, bytes: 3, words: 1, correct: 0 };
  for (const value of Object.values(valuesOf('language', [empty, broken]))) expect(value).toBeUndefined();
});

test('bytes of UTF-8, and words as lm-evaluation-harness splits them', () => {
  expect(textCounts('né 好  x')).toEqual({ bytes: 10, words: 3 });
  expect(textCounts(' a\n')).toEqual({ bytes: 3, words: 3 });
  expect(textCounts('')).toEqual({ bytes: 0, words: 1 });
});

const pair = (chosen: number, rejected: number, reference?: [number, number]): PreferenceRow => ({
  ...{ chosen, rejected, chosenTokens: 2, rejectedTokens: 4 },
  ...(reference && { reference: { chosen: reference[0], rejected: reference[1], beta: 0.1 } }),
});

test('rewards are measured against the reference, and a pair without one has none', () => {
  const found = valuesOf('preference', [pair(-4, -6, [-5, -5]), pair(-9, -6, [-8, -6]), pair(-1, -9)]);
  expect(found['rewardAccuracy']).toBe(0.5);
  expect(found['rewardMargin']).toBeCloseTo((0.2 - 0.1) / 2, 12);
  expect(found['preferredLikelier']).toBeCloseTo(1 / 3, 12);
});

test('against itself no reward is the higher one', () => {
  expect(valuesOf('preference', [pair(-4, -6, [-4, -6])])['rewardAccuracy']).toBe(0);
});

const written = (chosen: [number, string], rejected: [number, string]): PreferenceRow => {
  const length = (text: string) => ({ characters: Array.from(text).length, bytes: textCounts(text).bytes });
  return { ...pair(chosen[0], rejected[0]), written: { chosen: length(chosen[1]), rejected: length(rejected[1]) } };
};

test('a long answer wins by character, one of many bytes by byte, and of equals the preferred one', () => {
  const rows = [written([-6, 'a long choice'], [-4, 'short']), written([-4, '好好'], [-3, 'abc'])];
  const found = valuesOf('preference', rows);
  expect(found['accuracyByLikelihood']).toBe(0);
  expect(found['accuracyByCharacter']).toBe(0.5);
  expect(found['accuracyByByte']).toBe(1);
  expect(valuesOf('preference', [written([-2, 'a'], [-2, 'b'])])['accuracyByLikelihood']).toBe(1);
  expect(valuesOf('preference', [written([NaN, 'a'], [-2, 'b'])])['accuracyByCharacter']).toBeUndefined();
  expect(valuesOf('preference', [pair(-1, -2)])['accuracyByByte']).toBeUndefined();
});

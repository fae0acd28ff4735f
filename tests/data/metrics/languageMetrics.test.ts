// Metrics that are sums, or one pick: of running text, of pairs and of choices. The path is of several files.
import { expect, test } from 'vitest';
import { textCounts } from '../../../src/data/metrics/language/nats';
import type { ChoiceRow, MetricTask, PreferenceRow, RowOf } from '../../../src/data/metrics/metric';
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

const choices = (gold: number, ...told: [logLikelihood: number, text: string][]): ChoiceRow => ({
  gold,
  choices: told.map(([logLikelihood, text]) => ({
    logLikelihood,
    characters: [...text].length,
    bytes: textCounts(text).bytes,
  })),
});

test('a long choice wins by character, one of many bytes by byte, and the first of equals is picked', () => {
  const rows = [choices(0, [-6, 'a long choice'], [-4, 'short']), choices(0, [-4, '好好'], [-3, 'abc'])];
  expect(valuesOf('choice', rows)).toEqual({
    accuracyByLikelihood: 0,
    accuracyByCharacter: 0.5,
    accuracyByByte: 1,
  });
  expect(valuesOf('choice', [choices(0, [-2, 'a'], [-2, 'b'])])['accuracyByLikelihood']).toBe(1);
  expect(valuesOf('choice', [choices(0)])['accuracyByLikelihood']).toBeUndefined();
  expect(valuesOf('choice', [choices(0, [NaN, 'a'], [-2, 'b'])])['accuracyByLikelihood']).toBeUndefined();
});

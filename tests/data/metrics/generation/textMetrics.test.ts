// Metrics of answers against sacrebleu, rouge-score and NLTK; those of one rule, against their rule.
import { describe, expect, test } from 'vitest';
import { callMatch } from '../../../../src/data/metrics/generation/callMatch';
import { porterStem } from '../../../../src/data/metrics/generation/porterStem';
import { rougeWords } from '../../../../src/data/metrics/generation/rougeScore';
import type { GenerationRow, Metric } from '../../../../src/data/metrics/metric';
import { METRICS } from '../../../../src/data/metrics/metrics';
import { textMetricsGolden } from '../../../fixtures/textMetrics';

const golden = textMetricsGolden();
const metricOf = (key: string): Metric<'generation'> => METRICS.generation.find((metric) => metric.key === key)!;

/** Of one row by itself; undefined where it is not scored. */
function valueOf(key: string, row: GenerationRow): number | undefined {
  const metric = metricOf(key);
  const stats = metric.statsOf(row);
  return stats && (metric.perRow ?? ((one) => metric.ofRows([one])))(stats);
}

function ofRows(key: string, rows: readonly GenerationRow[]): number | undefined {
  const metric = metricOf(key);
  return metric.ofRows(rows.map((row) => metric.statsOf(row)).filter((stats) => stats !== undefined));
}

const answered = (answer: string, ...references: string[]): GenerationRow => ({ answer, references });

describe.each(['english', 'chinese', 'several'] as const)('%s rows', (name) => {
  const { rows: told, ...wanted } = golden[name];
  const rows = told.map(([answer, references]) => ({ answer, references }));

  test.each(['bleu', 'bleuZh', 'chrf'] as const)('%s as sacrebleu', (key) => {
    expect(ofRows(key, rows)).toBeCloseTo(wanted[key].corpus, 10);
    for (const [i, row] of rows.entries()) expect(valueOf(key, row), row.answer).toBeCloseTo(wanted[key].rows[i]!, 10);
  });

  test('ROUGE as rouge-score, and no score where the reference has no word', () => {
    for (const [i, row] of rows.entries())
      for (const [key, score] of Object.entries(wanted.rouge[i]!)) {
        const found = valueOf(key, row);
        if (row.references.every((text) => rougeWords(text, false).length === 0)) expect(found).toBeUndefined();
        else expect(found, `${key}: ${row.answer}`).toBeCloseTo(score, 12);
      }
  });

  test('normalised match, repetition and distinct runs, as their rules in Python', () => {
    expect(rows.map((row) => valueOf('normalisedMatch', row))).toEqual(wanted.normalised);
    for (const [i, row] of rows.entries()) expect(valueOf('repetition', row)).toBeCloseTo(wanted.repetition[i]!, 12);
    expect(ofRows('distinct1', rows)).toBeCloseTo(wanted.distinct[0], 12);
    expect(ofRows('distinct2', rows)).toBeCloseTo(wanted.distinct[1], 12);
  });
});

test.each(Object.entries(golden.stems))('the stem of %s as NLTK', (word, stem) => {
  expect(porterStem(word)).toBe(stem);
});

test('a match to the letter, and none of a row without references', () => {
  expect(valueOf('exactMatch', answered('Yes', 'no', 'Yes'))).toBe(1);
  expect(valueOf('exactMatch', answered('Yes ', 'Yes'))).toBe(0);
  for (const key of ['exactMatch', 'normalisedMatch', 'contains', 'chrf', 'bleu', 'rouge1', 'lengthRatio'])
    expect(valueOf(key, answered('Yes')), key).toBeUndefined();
});

test('what an answer must contain is the row’s own text before its references', () => {
  expect(valueOf('contains', answered('The answer is 42.', '42'))).toBe(1);
  expect(valueOf('contains', { ...answered('The answer is 42.', '42'), contains: 'forty' })).toBe(0);
});

test('a pattern is searched, and a broken one scores nothing', () => {
  expect(valueOf('regex', { ...answered('call 030 1234'), pattern: '\\d{3} \\d+' })).toBe(1);
  expect(valueOf('regex', { ...answered('none'), pattern: '^\\d+$' })).toBe(0);
  expect(valueOf('regex', { ...answered('any'), pattern: '(' })).toBeUndefined();
  expect(valueOf('regex', answered('any'))).toBeUndefined();
});

test('lengths count code points, over all rows together', () => {
  const rows = [answered('👍🏽ab', 'abcd'), answered('', 'abcd')];
  expect(ofRows('answerCharacters', rows)).toBe(2);
  expect(ofRows('lengthRatio', rows)).toBe(0.5);
  expect(ofRows('answerTokens', [{ ...answered('a'), tokens: 3 }, answered('b')])).toBe(3);
});

test('answers that are all one are told', () => {
  expect(
    ofRows(
      'distinctAnswers',
      ['I am Ada', 'I am Ada ', 'I am Ada', 'no'].map((text) => answered(text)),
    ),
  ).toBe(0.5);
  expect(ofRows('distinct1', [answered('')])).toBeUndefined();
});

describe('calls match', () => {
  const call = (name: string, told: Record<string, unknown> | string) => ({ name, arguments: told });
  const score = (calls: ReturnType<typeof call>[], wantedCalls: ReturnType<typeof call>[]): number | undefined =>
    callMatch.statsOf({ ...answered(''), calls, wantedCalls })?.[0];
  const wanted = [call('weather', { city: 'Oslo', days: [1, { b: 1, a: 2 }] })];

  test('whatever the order of keys, also where they were written as text', () => {
    expect(score([call('weather', { days: [1, { a: 2, b: 1 }], city: 'Oslo' })], wanted)).toBe(1);
    expect(score([call('weather', '{"days":[1,{"a":2,"b":1}],"city":"Oslo"}')], wanted)).toBe(1);
  });

  test('not with another name, value, order or number of calls', () => {
    expect(score([call('Weather', wanted[0]!.arguments)], wanted)).toBe(0);
    expect(score([call('weather', { city: 'Oslo', days: [{ b: 1, a: 2 }, 1] })], wanted)).toBe(0);
    expect(score([call('weather', 'city: Oslo')], wanted)).toBe(0);
    expect(score([], wanted)).toBe(0);
    expect(score([], [])).toBe(1);
    expect(callMatch.statsOf(answered('{"name":"weather"}'))).toBeUndefined();
  });
});

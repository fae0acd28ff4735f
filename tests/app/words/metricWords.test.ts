// Every metric has its name and its sentence in each language, and no words are left of one that is gone.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { keyOf } from '../../../src/app/words/keys';
import { metricName, metricSays, metricUnit } from '../../../src/app/words/metricWords';
import { METRICS } from '../../../src/data/metrics/metrics';

const ALL = Object.values(METRICS).flat();

describe.each(['en', 'zh'] as const)('in %s', (locale) => {
  test.each(ALL.map(({ key }) => key))('%s', (key) => {
    expect(metricName(key, locale)).not.toBe(key);
    expect(metricSays(key, locale)).toMatch(/[.。]$/);
  });

  test('no words of a metric that is gone', () => {
    const file = new URL(`../../../src/app/words/${locale}/metrics.json`, import.meta.url);
    const keys = Object.keys(JSON.parse(readFileSync(file, 'utf8')) as object);
    const wanted = ALL.flatMap(({ key }) => [`metric_name_${keyOf(key)}`, `metric_says_${keyOf(key)}`]);
    expect(keys.filter((key) => !key.startsWith('metric_unit_')).sort()).toEqual(wanted.sort());
    const units = new Set(ALL.map(({ unit }) => unit as string));
    for (const key of keys.filter((one) => one.startsWith('metric_unit_')))
      expect(units).toContain(key.replace('metric_unit_', ''));
  });
});

test('keys are used once, and what is unknown is called by its key', () => {
  expect(new Set(ALL.map(({ key }) => key)).size).toBe(ALL.length);
  expect([metricName('later'), metricSays('later'), metricUnit('share')]).toEqual(['later', '', '']);
});

// Names, sentences and units of the metrics of an evaluation, from the keys that data/metrics has for them. A test
// walks all metrics: each has its words.
import { m } from './generated/messages.js';
import { keyOf, type Language, type Sentence } from './keys';

const sentences: Readonly<Record<string, Sentence | undefined>> = m;

/** Undefined where a stored evaluation names what this version does not know. */
function words(key: string, locale?: Language): string | undefined {
  const sentence = sentences[key] as ((facts: object, options: { locale?: Language }) => string) | undefined;
  return sentence?.({}, locale ? { locale } : {});
}

/** The key itself of a metric that this version does not know. */
export const metricName = (key: string, locale?: Language): string => words(`metric_name_${keyOf(key)}`, locale) ?? key;

/** What the metric says, in one sentence; empty of one that this version does not know. */
export const metricSays = (key: string, locale?: Language): string => words(`metric_says_${keyOf(key)}`, locale) ?? '';

/** Stands behind a value; empty where the value says it, as per cent does. */
export const metricUnit = (unit: string, locale?: Language): string =>
  words(`metric_unit_${keyOf(unit)}`, locale) ?? '';

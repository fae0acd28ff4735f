// The verdict of an evaluation in sentences, and values of metrics in the digits that suit their unit.
import type { EvaluatedModel } from '../../base/records/evaluation';
import type { ComparedValue, EvaluationReport, MetricLine, Spread } from '../../base/wire/evaluation';
import { language } from './language.svelte';
import { metricName } from './metricWords';
import { m } from './generated/messages.js';

/** A clause of the verdict, and the line of the table that it opens. */
export interface Clause {
  /** Of the metric's line; `general` stands for itself. */
  key: string;
  text: string;
  /** Undefined: neither. */
  good?: boolean;
}

/** Of fewer general questions nothing is said. */
const FEWEST_GENERAL = 6;

/** What a model is called beside others. */
export function modelName({ name, bare, step, writing }: EvaluatedModel, all: readonly EvaluatedModel[]): string {
  const own = bare ? m.evaluate_bare({ name }) : name;
  const twice = all.filter((other) => other.name === name && !other.bare).length > 1 && step !== undefined;
  const stepped = twice ? m.evaluate_at_step({ name: own, step: language.format.integer(step) }) : own;
  const writings = new Set(all.map((other) => other.writing));
  return writings.size > 1 && writing === 'plain' ? m.evaluate_without_template({ name: stepped }) : stepped;
}

/** Longer values are written with an exponent. */
const LONG_VALUE = 1e6;

/** A value in its unit. */
export function metricValue(unit: string, value: number | null | undefined): string {
  const { format } = language;
  if (value === null || value === undefined) return '–';
  if (unit === 'share') return format.percent(value);
  if (unit === 'nats' || unit === 'bits' || unit === 'ratio') return format.loss(value);
  return Math.abs(value) < LONG_VALUE ? format.number(value, 4) : format.rate(value);
}

/** A difference, with its sign; of shares in percentage points. */
export function metricDifference(unit: string, value: number | undefined): string {
  if (value === undefined) return '–';
  const size = metricValue(unit, Math.abs(value));
  return `${value < 0 ? '−' : '+'}${size}`;
}

export const intervalWords = (unit: string, { interval }: Pick<ComparedValue, 'interval'>): string =>
  interval ? `[${metricDifference(unit, interval.low)}, ${metricDifference(unit, interval.high)}]` : '';

/** Of a value that stands alone. */
export const ownInterval = (unit: string, interval: Spread | null): string =>
  interval ? `[${metricValue(unit, interval.low)}, ${metricValue(unit, interval.high)}]` : '–';

const VERDICTS: Record<ComparedValue['verdict'], (facts: ClauseFacts) => string> = {
  better: (facts) => m.evaluate_verdict_better(facts),
  worse: (facts) => m.evaluate_verdict_worse(facts),
  higher: (facts) => m.evaluate_verdict_higher(facts),
  lower: (facts) => m.evaluate_verdict_lower(facts),
  same: (facts) => m.evaluate_verdict_same(facts),
  unclear: (facts) => (facts.more === '' ? m.evaluate_verdict_unclear_open(facts) : m.evaluate_verdict_unclear(facts)),
  uncounted: (facts) => m.evaluate_verdict_uncounted(facts),
};

type ClauseFacts = Record<
  'rows' | 'groups' | 'tuned' | 'base' | 'metric' | 'from' | 'to' | 'difference' | 'more',
  string
>;

/** The clauses of the last model against the one that it is compared with; of a model alone its values. */
export function verdictClauses({ record, main, general, rows }: EvaluationReport): Clause[] {
  const { models } = record;
  const lines = main.flatMap((line) => clausesOf(line, models, rows, line.key));
  return [...lines, ...(general ? generalClauses(general, models) : [])];
}

function generalClauses(general: MetricLine, models: readonly EvaluatedModel[]): Clause[] {
  return general.comparisons
    .filter(({ clusters }) => clusters >= FEWEST_GENERAL)
    .map((found): Clause => {
      const says = found.verdict === 'worse' ? m.evaluate_general_worse : m.evaluate_general_kept;
      return { key: 'general', text: says(factsOf(general, found, models)), good: found.verdict !== 'worse' };
    });
}

function clausesOf(line: MetricLine, models: readonly EvaluatedModel[], rows: number, key: string): Clause[] {
  if (line.comparisons.length === 0)
    return models.map((model, i) => ({
      key,
      text: m.evaluate_verdict_alone({
        ...{ name: modelName(model, models), metric: metricName(line.key) },
        ...{ value: metricValue(line.unit, line.values[i]), rows: language.format.integer(rows) },
      }),
    }));
  return line.comparisons.map((found): Clause => {
    const text = VERDICTS[found.verdict](factsOf(line, found, models));
    if (found.verdict === 'better') return { key, text, good: true };
    return found.verdict === 'worse' ? { key, text, good: false } : { key, text };
  });
}

function factsOf({ unit, key }: MetricLine, found: ComparedValue, models: readonly EvaluatedModel[]): ClauseFacts {
  const { integer } = language.format;
  return {
    rows: integer(found.rows),
    tuned: modelName(models[found.model]!, models),
    base: modelName(models[found.to]!, models),
    metric: metricName(key),
    from: metricValue(unit, found.base),
    to: metricValue(unit, found.tuned),
    groups: integer(found.clusters),
    difference: [metricDifference(unit, found.difference), intervalWords(unit, found)].filter(Boolean).join(' '),
    more: found.moreRows === undefined ? '' : integer(found.moreRows),
  };
}

// What is measured of a run, declared once: charts, comparisons and curves follow from this table. How a value comes
// about is in the engine, its words are in app/words/measureWords.ts.
import type { StepPoint, ValidationPoint } from './events';

/**
 * What a value counts: nats of a loss or a reward, a share of 1, an L2 norm, a learning rate, tokens per second, bytes.
 */
export type MeasureUnit = 'nats' | 'share' | 'norm' | 'rate' | 'tokensPerSecond' | 'bytes';

/** Measures of one axis share a chart, in the order of the table. */
export const AXES = [
  'loss',
  'accuracy',
  'margin',
  'rewards',
  'odds',
  'divergence',
  'gradNorm',
  'rate',
  'speed',
  'memory',
] as const;
export type Axis = (typeof AXES)[number];

export interface Measure {
  unit: MeasureUnit;
  axis: Axis;
  /** Which way is better; absent where neither is. */
  direction?: 'lower' | 'higher';
  /** Also drawn as a mean over the last steps. */
  smoothed?: true;
  /** Measured on the held-out rows too. */
  validated?: true;
  /** Measured only in runs on judged answers, or only in those of ORPO or of KTO. */
  only?: 'judged' | 'orpo' | 'kto';
}

/** By the names that the points of a stored history have (`StepPoint`, `ValidationPoint`, `Rewards`). */
const TABLE = {
  loss: { unit: 'nats', axis: 'loss', direction: 'lower', smoothed: true, validated: true },
  accuracy: { unit: 'share', axis: 'accuracy', direction: 'higher', validated: true },
  margin: { unit: 'nats', axis: 'margin', direction: 'higher', smoothed: true, validated: true, only: 'judged' },
  chosen: { unit: 'nats', axis: 'rewards', direction: 'higher', only: 'judged' },
  rejected: { unit: 'nats', axis: 'rewards', direction: 'lower', only: 'judged' },
  logOddsChosen: { unit: 'nats', axis: 'odds', direction: 'higher', only: 'orpo' },
  logOddsRatio: { unit: 'nats', axis: 'odds', direction: 'higher', only: 'orpo' },
  kl: { unit: 'nats', axis: 'divergence', only: 'kto' },
  gradNorm: { unit: 'norm', axis: 'gradNorm' },
  rate: { unit: 'rate', axis: 'rate' },
  speed: { unit: 'tokensPerSecond', axis: 'speed', direction: 'higher', smoothed: true },
  gpuBytes: { unit: 'bytes', axis: 'memory', direction: 'lower' },
} satisfies Record<string, Measure>;

export type MeasureName = keyof typeof TABLE;
export const MEASURES: Readonly<Record<MeasureName, Measure>> = TABLE;
export const MEASURE_NAMES = Object.keys(TABLE) as MeasureName[];

export const measuresOf = (axis: Axis): MeasureName[] => MEASURE_NAMES.filter((name) => MEASURES[name].axis === axis);

/**
 * The values of a point by name; what it did not measure is absent. The point's own accuracy goes before its pairs'.
 */
export function valuesOf(point: StepPoint | ValidationPoint): Partial<Record<MeasureName, number>> {
  const values = { ...point.rewards, ...point };
  if (!('milliseconds' in point) || !(point.milliseconds > 0)) return values;
  return { ...values, speed: (1000 * point.tokens) / point.milliseconds };
}

// The words of what a run measures, and how its values are written; the measures themselves are base/wire/measures.ts.
import type { RunRecord } from '../../base/records/run';
import { isJudged, isPaired } from '../../base/settings/tuneSettings';
import type { Axis, MeasureName, MeasureUnit } from '../../base/wire/measures';
import type { Format } from './format';
import type { TermName } from './glossary';
import { m } from './generated/messages.js';

type OfRun = Pick<RunRecord, 'settings'>;
const paired = ({ settings }: OfRun): boolean => isPaired(settings?.task);
const judged = ({ settings }: OfRun): boolean => isJudged(settings?.task);
const kto = ({ settings }: OfRun): boolean => settings?.task === 'kto';
const orpo = ({ settings }: OfRun): boolean => settings?.task === 'orpo';

/** The title of a chart, and what its values count, which depends on what the run learns from. */
export const AXIS_WORDS: Record<Axis, { title: (run: OfRun) => string; unit: (run: OfRun) => string }> = {
  loss: {
    title: () => m.train_loss(),
    unit: (run) => (kto(run) ? m.train_loss_unit_kto() : paired(run) ? m.train_loss_unit_pairs() : m.train_loss_unit()),
  },
  accuracy: {
    title: (run) => (kto(run) ? m.train_right() : paired(run) ? m.train_preferred() : m.train_accuracy()),
    unit: (run) => (kto(run) ? m.train_right_unit() : paired(run) ? m.train_preferred_unit() : m.train_accuracy_unit()),
  },
  margin: {
    title: () => m.train_margin(),
    unit: (run) => (orpo(run) ? m.train_margin_unit_orpo() : m.train_margin_unit()),
  },
  rewards: {
    title: () => m.train_rewards(),
    unit: (run) => (orpo(run) ? m.train_rewards_unit_orpo() : m.train_rewards_unit()),
  },
  divergence: { title: () => m.train_kl(), unit: () => m.train_kl_unit() },
  odds: { title: () => m.train_odds_title(), unit: () => m.train_odds_unit() },
  gradNorm: { title: () => m.train_norm(), unit: () => m.train_norm_unit() },
  rate: { title: () => m.train_rate(), unit: () => '' },
  speed: { title: () => m.train_speed(), unit: () => m.train_speed_unit() },
  memory: { title: () => m.train_memory(), unit: () => '' },
};

/** The words of the glossary that the title and the unit of a chart are. */
const AXIS_TERMS: Partial<Record<Axis, { term?: TermName; unitTerm?: TermName }>> = {
  loss: { term: 'loss', unitTerm: 'nats' },
  accuracy: { term: 'accuracy' },
  gradNorm: { term: 'gradientNorm', unitTerm: 'clipping' },
  rate: { term: 'learningRate' },
  speed: { unitTerm: 'token' },
};
/** Pairs count other things on the same axes: their loss has no nats per token, their share no tokens. */
export const axisTerms = (axis: Axis, run: OfRun): { term?: TermName; unitTerm?: TermName } =>
  judged(run) && axis === 'accuracy'
    ? {}
    : judged(run) && axis === 'loss'
      ? { term: 'loss' }
      : (AXIS_TERMS[axis] ?? {});

/** A curve's name where several measures share a chart. */
export const MEASURE_WORDS: Record<MeasureName, () => string> = {
  loss: m.train_loss,
  accuracy: m.train_accuracy,
  margin: m.train_margin,
  chosen: m.train_chosen,
  rejected: m.train_rejected,
  logOddsChosen: m.train_odds,
  logOddsRatio: m.train_odds_ratio,
  kl: m.train_kl,
  gradNorm: m.train_norm,
  rate: m.train_rate,
  speed: m.train_each_step,
  gpuBytes: m.train_memory,
};

/** Below it a norm is written as a power of ten. */
const SMALL_NORM = 1e-3;

export function writtenIn(unit: MeasureUnit, format: Format): (value: number) => string {
  const forms: Record<MeasureUnit, (value: number) => string> = {
    nats: (v) => format.loss(v),
    share: (v) => format.percent(v),
    norm: (v) => (Math.abs(v) < SMALL_NORM ? format.rate(v) : format.number(v)),
    rate: (v) => format.rate(v),
    tokensPerSecond: (v) => format.compact(v),
    bytes: (v) => format.bytes(v),
  };
  return forms[unit];
}

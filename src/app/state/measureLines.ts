// The lines of one chart of a run, drawn from the table of measures. Which charts a screen shows is the screen's.
import type { RunRecord } from '../../base/records/run';
import { isJudged } from '../../base/settings/tuneSettings';
import { AXES, MEASURES, measuresOf, type Axis, type MeasureName } from '../../base/wire/measures';
import { DASHES, type ChartLine } from '../ui/Chart/types';
import { m } from '../words/generated/messages.js';
import { MEASURE_WORDS } from '../words/measureWords';
import type { Curves } from './curves';
import { TextCurve } from './textCurves';

const DASH = [6, 4];
const SERIES: readonly ChartLine['color'][] = [1, 2, 3, 4, 5, 6];
const COLORS: Partial<Record<MeasureName, ChartLine['color']>> = {
  rejected: 2,
  gradNorm: 3,
  kl: 3,
  logOddsChosen: 3,
  rate: 4,
  logOddsRatio: 4,
  speed: 5,
  gpuBytes: 6,
};

/** The axes that a run measures something on. */
export function axesOf({ settings }: Pick<RunRecord, 'settings'>): Axis[] {
  const task = settings?.task;
  const measured = { judged: isJudged(task), orpo: task === 'orpo', kto: task === 'kto', all: true };
  return AXES.filter((axis) => measured[MEASURES[measuresOf(axis)[0]!].only ?? 'all']);
}

/**
 * Of a measure alone on its axis every form; of several one line each, dashed in turn: colour is not the difference.
 */
export function chartLinesOf(axis: Axis, curves: Curves): ChartLine[] {
  const names = measuresOf(axis);
  if (names.length === 1) return names.flatMap((name) => formsOf(name, curves));
  return names.map((name, i) => ({ ...lineOf(name, curves), ...(i > 0 && { dash: DASH }) }));
}

/** The loss of each text of a mix: a line over the steps and points on its held-out rows, in one colour. */
export function textLinesOf(names: readonly string[], { texts }: Curves): ChartLine[] {
  return names.flatMap((name, i): ChartLine[] => {
    const { training, validation } = texts[i] ?? new TextCurve();
    const color = SERIES[i % SERIES.length]!;
    const round = 2 * Math.floor(i / SERIES.length); // of the colours, which begin again
    const [dash, heldDash] = [DASHES[round]!, DASHES[round + 1]!];
    return [
      { color, dash, key: `text-${i}`, label: name, x: training.step, y: training.loss, look: 'plain' },
      {
        ...{
          color,
          dash: heldDash,
          key: `held-${i}`,
          label: m.mix_held_out({ name }),
          x: validation.step,
          y: validation.loss,
        },
        look: 'points',
      },
    ];
  });
}

const lineOf = (name: MeasureName, { step, at }: Curves): ChartLine => ({
  key: name,
  label: MEASURE_WORDS[name](),
  x: step,
  y: at[name],
  color: COLORS[name] ?? 1,
  look: 'plain',
});

function formsOf(name: MeasureName, curves: Curves): ChartLine[] {
  const { smoothed, validated } = MEASURES[name];
  const line = lineOf(name, curves);
  const overSteps = name === 'speed' ? m.train_over_steps() : m.train_smooth();
  const each = name === 'speed' ? line.label : m.train_raw();
  return [
    { ...line, ...((smoothed ?? validated) && { label: each }), ...(smoothed && { look: 'thin' }) },
    ...(smoothed ? [{ ...line, key: 'smooth', label: overSteps, y: curves.smooth[name], look: 'bold' as const }] : []),
    ...(validated ? [heldOut(name, curves)] : []),
  ];
}

const heldOut = (name: MeasureName, { validationStep, validation }: Curves): ChartLine => ({
  ...{ key: 'validation', label: m.train_validation(), x: validationStep, y: validation[name] },
  ...{ color: 2, look: 'points', dash: DASH },
});

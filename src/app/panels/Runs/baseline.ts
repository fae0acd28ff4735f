// How a run stands to the baseline, cell by cell: signed differences, and why there is none. It chooses no baseline.
import { parameterCount } from '../../../base/modelShape';
import type { RunRecord } from '../../../base/records/run';
import { isJudged } from '../../../base/settings/tuneSettings';
import { m } from '../../words/generated/messages.js';
import { language } from '../../words/language.svelte';
import type { ColumnKey } from './columns';

export interface CellDifference {
  text: string;
  /** What the text leaves out: which rows, or why nothing is subtracted. */
  title: string;
  /** Which way a loss has moved; absent where neither way is better, and where other rows were held out. */
  tone?: 'better' | 'worse';
}

type Measured = Partial<Record<ColumnKey, (run: RunRecord) => number | undefined>>;

/** Losses are told apart by what they count: tokens of one tokenizer, pairs, or good and bad answers. */
const LOSSES: Measured = {
  best: ({ bestValidationLoss }) => bestValidationLoss,
  loss: ({ lastLoss }) => lastLoss,
};
const COUNTS: Measured = {
  steps: ({ step, totalSteps }) => (totalSteps > 0 ? step : undefined),
  tokens: ({ tokens }) => tokens,
  size: ({ model }) => parameterCount(model),
};

const lossUnit = ({ settings, tokenizerId }: RunRecord): string => {
  const task = settings?.task ?? 'text';
  return isJudged(task) || task === 'classify' ? task : `tokens of ${tokenizerId}`;
};

/** Half of the last decimal of a loss that is shown: less is no difference. */
const SHOWN = 0.0005;

const signed = (value: number, write: (value: number) => string): string =>
  `${value < 0 ? '−' : value > 0 ? '+' : '±'}${write(Math.abs(value))}`;

/** Undefined where one of the two measured nothing, and for columns that count nothing. */
export function differenceOf(key: ColumnKey, run: RunRecord, baseline: RunRecord): CellDifference | undefined {
  const of = LOSSES[key] ?? COUNTS[key];
  const [value, base] = [of?.(run), of?.(baseline)];
  if (value === undefined || base === undefined) return undefined;
  if (!LOSSES[key]) return { text: signed(value - base, language.format.compact), title: m.runs_baseline_difference() };
  return lossDifference(value - base, run, baseline, key === 'best');
}

function lossDifference(by: number, run: RunRecord, baseline: RunRecord, heldOut: boolean): CellDifference {
  if (lossUnit(run) !== lossUnit(baseline))
    return { text: m.runs_baseline_incomparable(), title: m.runs_baseline_incomparable_why() };
  const text = signed(Math.abs(by) < SHOWN ? 0 : by, language.format.loss);
  if (run.preparedId !== baseline.preparedId)
    return { text: `${text} *`, title: heldOut ? m.runs_baseline_other_held() : m.runs_baseline_other_text() };
  const tone = Math.abs(by) < SHOWN ? undefined : by < 0 ? 'better' : 'worse';
  return { text, title: m.runs_baseline_difference(), ...(tone && { tone }) };
}

// Findings of an evaluation in words, each with where its cure is.
import type { Id } from '../../base/records/named';
import type { RunRecord } from '../../base/records/run';
import { generalName } from '../../base/records/samples';
import type { EvaluationFinding, EvaluationReport, SliceName } from '../../base/wire/evaluation';
import type { NextRunChange } from './nextRun';
import { language } from '../words/language.svelte';
import { m } from '../words/generated/messages.js';
import { metricDifference, modelName } from '../words/evaluationWords';

/** As in the paper. */
const GOLDFISH = 4;

/** A finding as it is shown. */
export interface FindingWords {
  text: string;
  /** What can be done: a page that is opened, or a change of the next run, whose form is filled. */
  cures: readonly Cure[];
}

type Cure = { label: string } & ({ path: string } | { next: NextRunChange });

const SLICES: Record<SliceName, () => string> = {
  length: m.evaluate_slice_length,
  language: m.evaluate_slice_language,
  source: m.evaluate_slice_source,
  label: m.evaluate_slice_label,
  turns: m.evaluate_slice_turns,
};
const LENGTHS: Partial<Record<string, () => string>> = {
  short: m.evaluate_length_short,
  medium: m.evaluate_length_medium,
  long: m.evaluate_length_long,
};

/** A slice in words: "Length: long". */
export function sliceWords(slice: SliceName, value: string): string {
  const shown = slice === 'length' ? (LENGTHS[value]?.() ?? value) : slice === 'language' ? languageName(value) : value;
  return m.evaluate_slice_of({ slice: SLICES[slice](), value: shown });
}

function languageName(code: string): string {
  const known = code === 'cmn' ? 'zh' : code;
  return new Intl.DisplayNames([language.current], { type: 'language', fallback: 'code' }).of(known) ?? code;
}

const REASONS: Partial<Record<string, () => string>> = {
  'rows-ungraded': m.evaluate_reason_ungraded,
  'chat-too-long': m.evaluate_reason_long,
};

/** The next run with general rows; where no run was judged, the form as it is. */
function generalCure(run: RunRecord | undefined): Cure {
  const label = m.evaluate_cure_general();
  const task = run?.settings?.task;
  if (!run || (task !== 'text' && task !== 'chat')) return { label, path: 'model' };
  return { label, next: { general: generalName(language.current === 'zh' ? 'chinese' : 'english', task) } };
}

/** What keeps a model from learning rows word for word, as far as it counts in such a run. */
function memoryCures(run: RunRecord | undefined, datasetId: Id | undefined): Cure[] {
  const cleaned: Cure[] =
    datasetId === undefined
      ? []
      : [{ label: m.evaluate_cure_duplicates(), path: `data/clean/${datasetId}/duplicates,near-duplicates` }];
  const { settings } = run ?? {};
  if (!settings) return cleaned;
  const { durationUnit, epochs, steps, method, loraRank, task, goldfish } = settings;
  const fewer = durationUnit === 'epochs' ? { epochs: epochs / 2 } : { steps: Math.ceil(steps / 2) };
  return [
    ...cleaned,
    { label: m.evaluate_cure_passes(), next: { settings: fewer } },
    ...(method === 'lora' && loraRank > 1
      ? [{ label: m.evaluate_cure_rank(), next: { settings: { loraRank: Math.ceil(loraRank / 2) } } }]
      : []),
    ...((task === 'text' || task === 'chat') && goldfish !== GOLDFISH
      ? [{ label: m.evaluate_cure_goldfish(), next: { settings: { goldfish: GOLDFISH } } }]
      : []),
  ];
}

/**
 * @param run that was judged, after which the next one is made
 * @param datasetId of the text that it learned
 */
export function saidFinding(
  finding: EvaluationFinding,
  report: EvaluationReport,
  run: RunRecord | undefined,
  datasetId: Id | undefined,
): FindingWords {
  const { format } = language;
  const { models } = report.record;
  const name = modelName(models[finding.model]!, models);
  const again = run === undefined ? 'model' : `model/further/${run.id}`;
  switch (finding.code) {
    case 'forgot': {
      const [from, to] = [format.loss(finding.base), format.loss(finding.tuned)];
      return { text: m.evaluate_finding_forgot({ name, from, to }), cures: [generalCure(run)] };
    }
    case 'memorised': {
      const { whole, rows, trained, unseen } = finding;
      const facts = { whole: format.integer(whole), rows: format.integer(rows), trained: format.percent(trained) };
      const held = unseen === undefined ? '–' : format.percent(unseen);
      return {
        text: m.evaluate_finding_memorised({ name, ...facts, unseen: held }),
        cures: memoryCures(run, datasetId),
      };
    }
    case 'personal-came-out': {
      const [count, of, read] = [finding.count, finding.of, finding.read].map((value) => format.integer(value));
      return {
        text: m.evaluate_finding_personal({ name, count: count!, of: of!, read: read! }),
        cures:
          datasetId === undefined
            ? []
            : [{ label: m.evaluate_cure_personal(), path: `data/clean/${datasetId}/secrets,personal-data` }],
      };
    }
    case 'class-never-predicted': {
      const rows = format.integer(finding.support);
      return {
        text: m.evaluate_finding_never({ name, label: finding.label, rows }),
        cures: [{ label: m.evaluate_cure_balance(), path: again }],
      };
    }
    case 'says-the-same': {
      const [rows, of] = [format.integer(finding.rows), format.integer(finding.of)];
      return {
        text: m.evaluate_finding_same({ name, answer: finding.answer, rows, of }),
        cures: [generalCure(run)],
      };
    }
    case 'longer':
    case 'shorter': {
      const says = finding.code === 'longer' ? m.evaluate_finding_longer : m.evaluate_finding_shorter;
      const [from, to] = [format.integer(Math.round(finding.base)), format.integer(Math.round(finding.tuned))];
      return { text: says({ name, from, to }), cures: [] };
    }
    case 'cut-off': {
      const [rows, of] = [format.integer(finding.rows), format.integer(finding.of)];
      return {
        text: m.evaluate_finding_cut({ name, rows, of }),
        cures: [{ label: m.evaluate_cure_data(), path: 'data' }],
      };
    }
    case 'slice-worse': {
      const unit = report.main[0]?.unit ?? 'nats';
      const gap = metricDifference(unit, finding.gap);
      const slice = sliceWords(finding.slice, finding.value);
      return {
        text: m.evaluate_finding_slice({ name, slice, gap, rows: format.integer(finding.rows) }),
        cures: [{ label: m.evaluate_cure_data(), path: 'data' }],
      };
    }
    case 'not-scored': {
      const reason = REASONS[finding.error]?.() ?? m.evaluate_reason_template();
      return { text: m.evaluate_finding_not_scored({ name, rows: format.integer(finding.rows), reason }), cures: [] };
    }
  }
}

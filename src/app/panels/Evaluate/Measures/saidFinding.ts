// Findings of an evaluation in words, each with where its cure is.
import type { Id } from '../../../../base/records/named';
import type { EvaluationFinding, EvaluationReport, SliceName } from '../../../../base/wire/evaluation';
import { language } from '../../../words/language.svelte';
import { m } from '../../../words/generated/messages.js';
import { metricDifference, modelName } from './verdictWords';

/** A finding as it is shown. */
export interface FindingWords {
  text: string;
  /** What can be done, and where. */
  cure?: { label: string; path: string };
}

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

/** @param runId of the run that was judged, from which the next one begins */
export function saidFinding(finding: EvaluationFinding, report: EvaluationReport, runId: Id | undefined): FindingWords {
  const { format } = language;
  const { models } = report.record;
  const name = modelName(models[finding.model]!, models);
  const again = runId === undefined ? 'model' : `model/further/${runId}`;
  switch (finding.code) {
    case 'forgot': {
      const [from, to] = [format.loss(finding.base), format.loss(finding.tuned)];
      return {
        text: m.evaluate_finding_forgot({ name, from, to }),
        cure: { label: m.evaluate_cure_general(), path: 'model' },
      };
    }
    case 'class-never-predicted': {
      const rows = format.integer(finding.support);
      return {
        text: m.evaluate_finding_never({ name, label: finding.label, rows }),
        cure: { label: m.evaluate_cure_balance(), path: again },
      };
    }
    case 'says-the-same': {
      const [rows, of] = [format.integer(finding.rows), format.integer(finding.of)];
      return {
        text: m.evaluate_finding_same({ name, answer: finding.answer, rows, of }),
        cure: { label: m.evaluate_cure_general(), path: 'model' },
      };
    }
    case 'longer':
    case 'shorter': {
      const says = finding.code === 'longer' ? m.evaluate_finding_longer : m.evaluate_finding_shorter;
      const [from, to] = [format.integer(Math.round(finding.base)), format.integer(Math.round(finding.tuned))];
      return { text: says({ name, from, to }) };
    }
    case 'cut-off': {
      const [rows, of] = [format.integer(finding.rows), format.integer(finding.of)];
      return {
        text: m.evaluate_finding_cut({ name, rows, of }),
        cure: { label: m.evaluate_cure_data(), path: 'data' },
      };
    }
    case 'slice-worse': {
      const unit = report.main[0]?.unit ?? 'nats';
      const gap = metricDifference(unit, finding.gap);
      const slice = sliceWords(finding.slice, finding.value);
      return {
        text: m.evaluate_finding_slice({ name, slice, gap, rows: format.integer(finding.rows) }),
        cure: { label: m.evaluate_cure_data(), path: 'data' },
      };
    }
    case 'not-scored': {
      const reason = REASONS[finding.error]?.() ?? m.evaluate_reason_template();
      return { text: m.evaluate_finding_not_scored({ name, rows: format.integer(finding.rows), reason }) };
    }
  }
}

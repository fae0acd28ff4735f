// What the numbers of a report do not say, each limit from what is stored of the run. No limit is guessed.
import { m } from '../words/generated/messages.js';
import { language } from '../words/language.svelte';
import { LEAST_DECIDED } from '../../base/wire/judging';
import type { ReportSources } from './sources';

/** In sentences. */
export function limitsOf(sources: ReportSources): string[] {
  const { run } = sources;
  return [
    ...(run.status === 'imported' ? [m.report_limit_imported()] : trainingLimits(sources)),
    ...evaluationLimits(sources),
    ...judgementLimits(sources),
    ...(sources.evaluations.some(({ memory }) => memory) ? [] : [m.report_limit_memorised()]),
    m.report_limit_true(),
  ];
}

function trainingLimits({ run, facts: { prepared, texts } }: ReportSources): string[] {
  const { integer } = language.format;
  const steps = { step: integer(run.step), total: integer(run.totalSteps) };
  const held = prepared?.validationRows;
  return [
    ...(run.step < run.totalSteps ? [m.report_limit_unfinished(steps)] : []),
    ...(run.error ? [m.report_limit_failed()] : []),
    held === undefined
      ? m.report_limit_rows_unknown()
      : held === 0
        ? m.report_limit_none_held()
        : m.report_limit_held({ rows: integer(held) }),
    ...(texts.some(({ listed }) => !listed) ? [m.report_limit_deleted()] : []),
    m.report_limit_one_run(),
  ];
}

function evaluationLimits({ evaluations }: ReportSources): string[] {
  const { integer } = language.format;
  if (evaluations.length === 0) return [m.report_limit_no_evaluation()];
  const partial = evaluations.filter(({ record }) => record.done < record.total);
  return [
    ...partial.map(({ record: { name, done, total } }) =>
      m.report_limit_partial({ name, done: integer(done), total: integer(total) }),
    ),
    ...(evaluations.some(({ generalRows }) => generalRows > 0) ? [] : [m.report_limit_forgetting()]),
  ];
}

function judgementLimits({ judgings }: ReportSources): string[] {
  if (judgings.length === 0) return [m.report_limit_no_people()];
  const few = judgings.filter(({ report: { couples } }) =>
    couples.every(({ firstWins, secondWins }) => firstWins + secondWins < LEAST_DECIDED),
  );
  const least = language.format.integer(LEAST_DECIDED);
  return few.map(({ judging: { name } }) => m.report_limit_few_judged({ name, least }));
}

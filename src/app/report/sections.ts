// The parts of a report, each from what is stored. What was not measured says so; nothing is estimated.
import type { MetricLine } from '../../base/wire/evaluation';
import type { EvaluationReport } from '../../base/wire/evaluation';
import type { JudgingView } from '../../base/wire/judging';
import { GROUPS, SETTING_NAMES, written } from '../words/settingValues';
import { TRAIN_SETTINGS, type TrainSettings } from '../../base/settings/trainSettings';
import { mixedNames } from '../../base/records/mix';
import { MEASURES, measuresOf, type Axis } from '../../base/wire/measures';
import { axesOf, chartLinesOf, textLinesOf } from '../state/measureLines';
import { changedDefaults, settingOf } from '../state/runSettings';
import { datasetNameWords } from '../words/datasetWords';
import {
  intervalWords,
  metricDifference,
  metricValue,
  modelName,
  ownInterval,
  verdictClauses,
  type Clause,
} from '../words/evaluationWords';
import { m } from '../words/generated/messages.js';
import { candidateName, judgingVerdict, shareRange } from '../words/judgeWords';
import { language } from '../words/language.svelte';
import { machineFacts, preparedFacts, weightFacts } from '../words/makingWords';
import { AXIS_WORDS, writtenIn } from '../words/measureWords';
import { memoryClauses } from '../words/memoryWords';
import { metricName, metricUnit } from '../words/metricWords';
import { saidFinding, sliceWords } from '../state/saidFinding';
import { settingLabel } from '../words/settingLabels';
import { curveSvg } from './curveSvg';
import { facts, asHtml, table, type Markup } from './html';
import { limitsOf } from './limits';
import type { ReportSources } from './sources';

/** Samples that a report shows at most: the first and the last ones. */
const MOST_SAMPLES = 12;

/** One part of a report. */
export interface ReportSection {
  id: string;
  title: string;
  body: Markup;
}

const unmeasured = (): Markup => asHtml`<p class="muted">${m.report_not_measured()}</p>`;

export const sectionsOf = (sources: ReportSources): ReportSection[] => [
  { id: 'verdict', title: m.report_verdict(), body: verdictPart(sources) },
  { id: 'data', title: m.report_data(), body: dataPart(sources) },
  { id: 'settings', title: m.model_settings(), body: settingsPart(sources) },
  { id: 'curves', title: m.report_curves(), body: curvesPart(sources) },
  { id: 'metrics', title: m.evaluate_metrics(), body: metricsPart(sources) },
  { id: 'samples', title: m.train_samples(), body: samplesPart(sources) },
  { id: 'judgements', title: m.report_judgements(), body: judgementsPart(sources) },
  { id: 'machine', title: m.runs_making_machine(), body: machinePart(sources) },
  {
    id: 'limits',
    title: m.report_limits(),
    body: asHtml`<ul>${limitsOf(sources).map((text) => asHtml`<li>${text}</li>`)}</ul>`,
  },
];

const clausesOf = (report: EvaluationReport): Clause[] => [...verdictClauses(report), ...memoryClauses(report)];

function verdictPart({ evaluations }: ReportSources): Markup {
  const clauses = evaluations[0] ? clausesOf(evaluations[0]) : [];
  if (clauses.length === 0) return asHtml`<p class="verdict">${m.report_no_verdict()}</p>`;
  return asHtml`<div class="verdict">${clauses.map(({ text, good }) =>
    good === undefined ? asHtml`<p>${text}</p>` : asHtml`<p class="${good ? 'good' : 'bad'}">${text}</p>`,
  )}</div>`;
}

function dataPart({ run, facts: made }: ReportSources): Markup {
  const { integer, percent } = language.format;
  const { mix = [] } = run;
  const texts = made.texts.map(({ name, version, rows, listed, sha256 }, i) => {
    const share = mix[i - (made.texts.length - mix.length)]?.share;
    const more = [
      version !== undefined && m.clean_version({ number: integer(version) }),
      rows !== undefined && m.runs_data_rows_count({ count: integer(rows) }),
      share !== undefined && m.mix_of_tokens({ share: percent(share, 1) }),
      !listed && m.runs_data_deleted(),
    ].filter((text) => text !== false);
    return asHtml`<li><b>${datasetNameWords(name)}</b>${more.map((text) => ` · ${text}`)}${
      sha256 !== undefined && asHtml`<br><code>SHA-256 ${sha256}</code>`
    }</li>`;
  });
  return asHtml`${facts(weightFacts(run))}<h3>${m.runs_making_data()}</h3>
    ${texts.length > 0 ? asHtml`<ul>${texts}</ul>` : unmeasured()}
    ${facts([...preparedFacts(made), [m.runs_data_hash(), made.prepared?.sha256]])}`;
}

function settingsPart({ run }: ReportSources): Markup {
  const { settings } = run;
  if (!settings) return asHtml`<p class="muted">${m.report_no_settings()}</p>`;
  const defaults = changedDefaults(run);
  const shown = SETTING_NAMES.filter((name) => settingOf(run, name) !== undefined);
  const row = (name: keyof TrainSettings): string[] => {
    const before = defaults?.[name];
    const was = before === undefined ? '' : written(name, before);
    return [settingLabel(name), written(name, settings[name]), was];
  };
  const groups = GROUPS.map(({ group, label }) => ({
    label: label(),
    rows: shown.filter((name) => TRAIN_SETTINGS[name].group === group).map(row),
  }));
  const header = [m.report_setting(), m.report_value(), m.report_default_before()];
  const changes = (run.changes ?? []).map(
    ({ step, before, learningRate }) =>
      asHtml`<p>${m.runs_rate_lowered({
        step: language.format.integer(step),
        before: language.format.rate(before),
        rate: language.format.rate(learningRate),
      })}</p>`,
  );
  return asHtml`${!defaults && asHtml`<p class="muted">${m.runs_changed_unknown()}</p>`}${changes}${groups
    .filter(({ rows }) => rows.length > 0)
    .map(({ label, rows }) => asHtml`<h3>${label}</h3>${table(label, header, rows, () => false, true)}`)}`;
}

function curvesPart({ run, curves }: ReportSources): Markup {
  const names = mixedNames(run).map(datasetNameWords);
  const chart = (axis: Axis, title: string, lines = chartLinesOf(axis, curves)): Markup | undefined => {
    const unit = AXIS_WORDS[axis].unit(run);
    const drawn = curveSvg({
      ...{ title, lines, writeX: language.format.compact },
      writeY: writtenIn(MEASURES[measuresOf(axis)[0]!].unit, language.format),
    });
    return drawn && asHtml`<h3>${title}${unit && asHtml` <span class="muted small">${unit}</span>`}</h3>${drawn}`;
  };
  const charts = axesOf(run).map((axis) => chart(axis, AXIS_WORDS[axis].title(run)));
  const byText = names.length > 0 && chart('loss', m.mix_loss(), textLinesOf(names, curves));
  if (!charts.some(Boolean)) return unmeasured();
  return asHtml`<p class="muted small">${m.report_curves_help()}</p>${charts[0]}${byText}${charts.slice(1)}`;
}

function metricsPart({ evaluations }: ReportSources): Markup {
  return evaluations.length === 0 ? unmeasured() : asHtml`${evaluations.map(evaluationPart)}`;
}

function evaluationPart(report: EvaluationReport): Markup {
  const { record, findings, slices, main } = report;
  const { integer, dateTime } = language.format;
  const names = record.models.map((model) => modelName(model, record.models));
  const unit = main[0]?.unit ?? 'nats';
  const templates = record.models.flatMap(({ template }, i) => (template ? [[names[i]!, template] as const] : []));
  const asked = m.report_evaluation_of({ time: dateTime(record.createdAt), rows: integer(report.rows) });
  return asHtml`<h3>${record.name}</h3>
    <p class="muted small">${asked}</p>
    ${clausesOf(report).map(({ text }) => asHtml`<p>${text}</p>`)}
    ${findings.length > 0 && asHtml`<ul>${findings.map((of) => asHtml`<li>${saidFinding(of, report, undefined, undefined).text}</li>`)}</ul>`}
    ${metricsTable(report, names)}
    <p class="muted small">${m.evaluate_statistics()}</p>
    ${templates.map(([name, hash]) => asHtml`<p class="small">${m.evaluate_template({ name, hash: hash.slice(0, 12) })}</p>`)}
    ${
      slices.length > 0 &&
      asHtml`<h3>${m.evaluate_slices()}</h3>${table(
        m.evaluate_slices(),
        [m.evaluate_slice(), m.evaluate_rows_column(), ...names, m.evaluate_gap(), m.evaluate_interval()],
        slices.map((line) => [
          ...[sliceWords(line.slice, line.value), integer(line.rows)],
          ...names.map((_, i) => metricValue(unit, line.values[i])),
          ...[metricDifference(unit, line.gap), intervalWords(unit, line) || '–'],
        ]),
      )}`
    }`;
}

function metricsTable({ metrics, general }: EvaluationReport, names: readonly string[]): Markup {
  const row = (line: MetricLine, name: string): string[] => {
    const { comparisons, values, intervals } = line;
    const of = (say: (found: (typeof comparisons)[number]) => string): string =>
      comparisons.map(say).join(' / ') || '–';
    const alone = intervals.map((interval) => ownInterval(line.unit, interval)).join(' / ');
    return [
      [name, metricUnit(line.unit)].filter(Boolean).join(', '),
      ...names.map((_, i) => metricValue(line.unit, values[i])),
      of(({ difference }) => metricDifference(line.unit, difference)),
      comparisons.length > 0 ? of((found) => intervalWords(line.unit, found) || '–') : alone,
      of(({ rows }) => language.format.integer(rows)),
      of(({ notScored }) => language.format.integer(notScored)),
    ];
  };
  const header = [
    ...[m.evaluate_metric(), ...names, m.evaluate_difference()],
    ...[m.evaluate_interval(), m.evaluate_rows_column(), m.evaluate_not_scored()],
  ];
  return table(m.evaluate_metrics(), header, [
    ...metrics.map((line) => row(line, metricName(line.key))),
    ...(general ? [row(general, m.evaluate_general_line({ metric: metricName(general.key) }))] : []),
  ]);
}

function samplesPart({ samples }: ReportSources): Markup {
  if (samples.length === 0) return unmeasured();
  const { integer } = language.format;
  const half = MOST_SAMPLES / 2;
  const shown = samples.length > MOST_SAMPLES ? [...samples.slice(0, half), ...samples.slice(-half)] : samples;
  const some = m.report_samples_some({ shown: integer(shown.length), count: integer(samples.length) });
  return asHtml`${shown.length < samples.length && asHtml`<p class="muted small">${some}</p>`}${shown.map(
    ({ step, prompt, text }) =>
      asHtml`<h3>${m.train_sample_step({ step: integer(step) })}</h3><pre dir="auto"><b>${prompt}</b>${text}</pre>`,
  )}`;
}

function judgementsPart({ judgings }: ReportSources): Markup {
  return judgings.length === 0 ? unmeasured() : asHtml`${judgings.map(judgingPart)}`;
}

function judgingPart({ judging, report }: JudgingView): Markup {
  const { integer, percent, number } = language.format;
  const name = (at: number): string => candidateName(judging.candidates[at]!);
  const { alpha, pairs } = report.agreement ?? {};
  return asHtml`<h3>${judging.name}</h3>
    <p><b>${judgingVerdict(judging, report)}</b></p>
    ${table(
      m.judge_wins(),
      [
        m.judge_col_first(),
        m.judge_col_second(),
        m.judge_col_wins(),
        m.judge_col_ties(),
        m.judge_col_rate(),
        m.judge_col_range(),
      ],
      report.couples.map(({ first, second, firstWins, secondWins, ties, interval }) => [
        ...[name(first), name(second), `${integer(firstWins)} : ${integer(secondWins)}`, integer(ties)],
        ...(interval ? [percent(interval.share, 0), shareRange(interval)] : ['–', '–']),
      ]),
      (column) => column > 1,
    )}
    ${alpha !== undefined && asHtml`<p>${m.judge_alpha({ alpha: number(alpha, 2), pairs: integer(pairs) })}</p>`}`;
}

function machinePart({ run, facts: made, curves, checkpoints }: ReportSources): Markup {
  const most = curves.at.gpuBytes.view().reduce((a, b) => Math.max(a, b), 0);
  const { integer } = language.format;
  const known = machineFacts(run, made, most).map(
    ([label, value]) => [label, value === '–' ? m.report_not_measured() : value] as const,
  );
  return facts([...known, [m.train_checkpoints(), integer(checkpoints.length)]]);
}

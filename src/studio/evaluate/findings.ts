// What the numbers of an evaluation amount to, as codes with their evidence: a class that is never predicted, one
// answer to everything, what was forgotten. Sentences and buttons are the page's.
import type { RowFound } from '../../base/records/evaluation';
import type { ClassesReport, EvaluationFinding, MemoryReport, MetricLine, SliceLine } from '../../base/wire/evaluation';
import { comparedWith, type EvaluatedTable } from './evaluatedTable';

/** Fewer answers show no habit. */
const FEWEST_ANSWERS = 5;
/** One answer to so many of the questions is a habit. */
const SAME = 0.4;
/** Answers so much longer, or shorter, than those of the model before have changed their form. */
const LONGER = 1.5;
/** So many more of the answers than before ended only because they were cut off. */
const MORE_CUT = 0.2;
/** Slices that are told. */
const MOST_SLICES = 2;

export interface FindingsFrom {
  general?: MetricLine | undefined;
  classes?: ClassesReport[] | undefined;
  slices: readonly SliceLine[];
  main: readonly MetricLine[];
  memory: MemoryReport | undefined;
}

export function findingsOf(table: EvaluatedTable, told: FindingsFrom): EvaluationFinding[] {
  const model = table.record.models.length - 1;
  return [
    ...forgotten(told.general),
    ...memorised(told.memory, model),
    ...(told.classes?.[model] ? neverPredicted(told.classes[model], model) : []),
    ...answerHabits(table, model),
    ...worseSlices(told, model),
    ...notScored(table),
  ];
}

function forgotten(general: MetricLine | undefined): EvaluationFinding[] {
  return (general?.comparisons ?? []).flatMap(({ model, base, tuned, interval, verdict }): EvaluationFinding[] =>
    verdict === 'worse' && base !== undefined && tuned !== undefined && interval
      ? [{ code: 'forgot', model, base, tuned, interval }]
      : [],
  );
}

/** What was learned word for word, and personal data that came out, also what was only read in prompts. */
function memorised(memory: MemoryReport | undefined, model: number): EvaluationFinding[] {
  if (!memory) return [];
  const { excess, whole, trained, unseen, rows, personal } = memory;
  const learned = personal.filter(({ set }) => set === 'trained');
  const out = learned.filter((line) => line.out[model] === true || line.unasked[model] === true);
  const read = out.filter(({ graded }) => !graded).length;
  return [
    ...(excess?.verdict === 'memorised' && trained !== undefined
      ? [
          {
            ...{ code: 'memorised' as const, model, whole, rows: rows.trained, trained },
            ...(unseen !== undefined && { unseen }),
          },
        ]
      : []),
    ...(out.length ? [{ code: 'personal-came-out' as const, model, count: out.length, of: learned.length, read }] : []),
  ];
}

const neverPredicted = ({ lines }: ClassesReport, model: number): EvaluationFinding[] =>
  lines
    .filter(({ support, predicted }) => support > 0 && predicted === 0)
    .map(({ name, support }) => ({ code: 'class-never-predicted', model, label: name, support }));

type Answer = Extract<RowFound, { part: 'generation' }>;

function answerHabits(table: EvaluatedTable, model: number): EvaluationFinding[] {
  const to = comparedWith(table.record, model);
  const answersOf = (which: number): Answer[] =>
    table.found[which]!.flatMap(({ generation }) => (generation?.part === 'generation' ? [generation] : []));
  const [before, now] = [answersOf(to), answersOf(model)];
  if (to === model || now.length < FEWEST_ANSWERS || before.length < FEWEST_ANSWERS) return [];
  return [...sameAnswers(before, now, model), ...drifted(before, now, model)];
}

/** How an answer begins: its first sentence. */
const beginning = (text: string): string => /^[^.!?。！？\n]*[.!?。！？]?/u.exec(text.trim())![0].trim();

function mostSaid(answers: readonly Answer[]): { said: string; rows: number } {
  const counts = new Map<string, number>();
  for (const { text } of answers) {
    const said = beginning(text);
    if (said !== '') counts.set(said, (counts.get(said) ?? 0) + 1);
  }
  const [said, rows] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? ['', 0];
  return { said, rows };
}

function sameAnswers(before: readonly Answer[], now: readonly Answer[], model: number): EvaluationFinding[] {
  const { said, rows } = mostSaid(now);
  const share = rows / now.length;
  if (share < SAME || mostSaid(before).rows / before.length > share / 2) return [];
  return [{ code: 'says-the-same', model, answer: said.slice(0, 200), rows, of: now.length }];
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function drifted(before: readonly Answer[], now: readonly Answer[], model: number): EvaluationFinding[] {
  const lengths = (answers: readonly Answer[]): number => mean(answers.map(({ text }) => text.length));
  const cut = (answers: readonly Answer[]): number => answers.filter(({ stoppedBy }) => stoppedBy === 'length').length;
  const [base, tuned] = [lengths(before), lengths(now)];
  const grown = cut(now) / now.length - cut(before) / before.length > MORE_CUT;
  const ratio = tuned / Math.max(1, base);
  const rows = now.length;
  return [
    ...(ratio >= LONGER ? [{ code: 'longer' as const, model, base, tuned, rows }] : []),
    ...(ratio <= 1 / LONGER ? [{ code: 'shorter' as const, model, base, tuned, rows }] : []),
    ...(grown ? [{ code: 'cut-off' as const, model, rows: cut(now), of: rows }] : []),
  ];
}

/** Slices whose distance to the others is surely on the bad side, the widest first. */
function worseSlices({ slices, main }: FindingsFrom, model: number): EvaluationFinding[] {
  const sign = main[0]?.direction === 'up' ? -1 : 1;
  return slices
    .flatMap(({ slice, value, gap, interval, rows }): Extract<EvaluationFinding, { code: 'slice-worse' }>[] =>
      gap !== undefined && interval && sign * gap > 0 && sign * interval.low > 0 && sign * interval.high > 0
        ? [{ code: 'slice-worse', model, slice, value, gap, interval, rows }]
        : [],
    )
    .sort((a, b) => Math.abs(b.gap) - Math.abs(a.gap))
    .slice(0, MOST_SLICES);
}

function notScored({ record, found }: EvaluatedTable): EvaluationFinding[] {
  return found.flatMap((rows, model) =>
    record.parts.flatMap((part): EvaluationFinding[] => {
      const counts = new Map<string, number>();
      for (const row of rows) {
        const one = row[part];
        if (one?.part === 'failed') counts.set(one.code, (counts.get(one.code) ?? 0) + 1);
      }
      return [...counts].map(([error, count]) => ({ code: 'not-scored', model, part, error, rows: count }));
    }),
  );
}

// Rows and answers between a label task and the files of other tools, which know a row as one text.
import type { DatasetContent, StoredRow } from '../../base/records/dataset';
import {
  MOST_RATING,
  type LabelAnswer,
  type LabelDecision,
  type LabelSpan,
  type LabelTask,
} from '../../base/records/labels';
import type { RowPart } from '../../data/clean/step';
import type { FileAnswer, FileSpan, LabelledRow } from '../../formats/labels/label';
import { cleanRow } from './cleanRows';

const ROLES: Partial<Record<RowPart['kind'], string>> = { system: 'system', answer: 'assistant', tool: 'tool' };

/** A row as files know it: its texts in lines behind each other. */
export interface FileRow extends Pick<LabelledRow, 'text' | 'asked' | 'answers'> {
  parts: readonly RowPart[];
}

/** Of a task that compares two answers, the text is what both answer. */
export function fileRow(stored: StoredRow, content: DatasetContent, { kind, columns }: LabelTask): FileRow {
  const parts = cleanRow(stored, content).parts.filter(({ kind: said }) => said !== 'argument');
  const asked = kind === 'better' && !columns ? parts.filter(({ side }) => side === undefined) : parts;
  const answers = kind === 'better' ? answersOf(parts, stored, columns) : undefined;
  return {
    parts,
    text: joinedText(asked),
    asked: asked.map(({ kind: said, text }) => ({ role: ROLES[said] ?? 'user', content: text })),
    ...(answers && { answers }),
  };
}

const joinedText = (parts: readonly RowPart[]): string => parts.map(({ text }) => text).join('\n');

function answersOf(
  parts: readonly RowPart[],
  { facts }: StoredRow,
  columns: LabelTask['columns'],
): readonly [first: string, second: string] {
  if (columns) return [String(facts[columns[0]] ?? ''), String(facts[columns[1]] ?? '')];
  const sideOf = (wanted: RowPart['side']): string => joinedText(parts.filter(({ side }) => side === wanted));
  return [sideOf('chosen'), sideOf('rejected')];
}

/** Where each part begins in the text of the whole row. */
function beginnings(parts: readonly RowPart[]): number[] {
  let at = 0;
  return parts.map(({ text }) => {
    const begin = at;
    at += text.length + 1;
    return begin;
  });
}

export function labelledRow(row: FileRow, { rowId, answer, at, took }: LabelDecision): LabelledRow {
  const { text, asked, answers } = row;
  return {
    ...{ row: rowId, text, asked, answer: fileAnswer(answer, row.parts), at },
    ...(answers && { answers }),
    ...(took !== undefined && { took }),
  };
}

function fileAnswer(answer: LabelAnswer, parts: readonly RowPart[]): FileAnswer {
  switch (answer.kind) {
    case 'classes':
      return { choices: answer.classes };
    case 'rating':
      return { rating: answer.rating };
    case 'better':
      return { better: answer.better };
    case 'fix':
      return { choices: ['fix'], texts: answer.texts };
    case 'spans': {
      const begins = beginnings(parts);
      const spans = answer.spans.filter((span) => parts[span.part]?.text.slice(span.start, span.end) === span.text);
      return { spans: spans.map(({ part, start, end, label }) => shifted({ start, end, label }, begins[part]!)) };
    }
    default:
      return { choices: [answer.kind] };
  }
}

const shifted = ({ start, end, label }: FileSpan, by: number): FileSpan => ({
  start: start + by,
  end: end + by,
  label,
});

/** The answer to the task's question that a file has of a row; undefined where it has none. */
export function answerInFile(
  { choices = [], rating, better, spans, texts = [] }: FileAnswer,
  { kind, several }: LabelTask,
  parts: readonly RowPart[],
): LabelAnswer | undefined {
  switch (kind) {
    case 'classes':
      return choices.length === 1 || (several && choices.length) ? { kind, classes: choices } : undefined;
    case 'rating':
      return isRating(rating) ? { kind, rating } : undefined;
    case 'better':
      return better && { kind, better };
    case 'spans':
      return spans && { kind, spans: spans.flatMap((span) => spanIn(span, parts)) };
    case 'keep':
      return keptFrom(choices[0], texts, parts);
  }
}

const isRating = (rating: number | undefined): rating is number =>
  Number.isInteger(rating) && rating! >= 1 && rating! <= MOST_RATING;

function keptFrom(
  choice: string | undefined,
  texts: readonly string[],
  parts: readonly RowPart[],
): LabelAnswer | undefined {
  if (choice === 'keep' || choice === 'drop') return { kind: choice };
  return choice === 'fix' && texts.length === parts.length ? { kind: 'fix', texts } : undefined;
}

/** None where it reaches over two parts. */
function spanIn({ start, end, label }: FileSpan, parts: readonly RowPart[]): LabelSpan[] {
  const begins = beginnings(parts);
  const part = begins.findLastIndex((begin) => begin <= start);
  const [text, from] = [parts[part]?.text ?? '', start - (begins[part] ?? 0)];
  const to = from + end - start;
  return to <= text.length ? [{ part, start: from, end: to, label, text: text.slice(from, to) }] : [];
}

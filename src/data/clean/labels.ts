// The step of what a person said of rows in a label task: a class, a rating, stretches, or which of two answers is
// better, as further columns of the rows; the answers of a pair change places where the second is better.
import { isExchanged, type LabelSpan, type SideBetter } from '../../base/records/labels';
import type { RowFacts } from '../../base/records/recipe';
import { jsonTexts } from './jsonTexts';
import { codePointsIn, leftOut } from './rowText';
import type { CleanRow, CleanStep, Outcome } from './step';

/** What was said of one row. */
export interface RowLabel {
  id: number;
  label?: string;
  labels?: readonly string[];
  rating?: number;
  better?: SideBetter;
  spans?: readonly LabelSpan[];
}

interface Settings {
  [name: string]: string | readonly string[];
  /** Each as JSON text. */
  labels: readonly string[];
  /** Columns of the two answers; none: the row is a pair. */
  columns: readonly string[];
  unlabelled: string;
  ties: string;
}

export const labelsStep: CleanStep<Settings> = {
  kind: 'labels',
  defaults: { labels: [], columns: [], unlabelled: 'keep', ties: 'leave-out' },
  reasons: ['labelled', 'unlabelled', 'tie'],
  choices: { unlabelled: ['keep', 'leave-out'], ties: ['keep', 'leave-out'] },
  byHand: true,
  columns: ({ columns }) => columns,
  rows: ({ labels }) => labelsIn(labels).map(({ id }) => id),
  start: (settings, { content }) => {
    const byId = new Map(labelsIn(settings.labels).map((label) => [label.id, label]));
    const isPair = content === 'preference' && !settings.columns.length;
    return {
      decide: (row) => {
        const label = byId.get(row.id);
        if (!label) return settings.unlabelled === 'keep' ? { kept: true } : leftOut('unlabelled');
        if (label.better === 'tie' && settings.ties === 'leave-out') return leftOut('tie');
        return labelled(row, label, settings, isPair);
      },
    };
  },
};

function labelled(row: CleanRow, label: RowLabel, { columns }: Settings, isPair: boolean): Outcome {
  const facts = factsOf(row, label, columns);
  return {
    kept: true,
    facts,
    told: true,
    ...(isPair && isSecond(label, row) && { exchanged: true }),
    reason: { code: 'labelled', facts: {} },
  };
}

/** The better answer stands second now; an answer names the two in the order of the import. */
const isSecond = ({ better }: RowLabel, { facts }: CleanRow): boolean =>
  (better === 'first' || better === 'second') && (better === 'second') !== isExchanged(facts);

function factsOf(row: CleanRow, { label, labels, rating, better, spans }: RowLabel, columns: readonly string[]) {
  const facts: RowFacts = {
    ...(label !== undefined && { label }),
    ...(labels && { labels: JSON.stringify(labels) }),
    ...(rating !== undefined && { rating }),
    ...(spans && { spans: JSON.stringify(spans.flatMap((span) => publishedSpan(row, span))) }),
  };
  return better ? { ...facts, ...answersOf(row, better, columns) } : facts;
}

/** The two answers as they are named for training; of a tie both stay where they are. */
function answersOf({ facts }: CleanRow, better: SideBetter, [first = '', second = '']: readonly string[]): RowFacts {
  const [a, b] = [facts[first], facts[second]];
  if (better === 'tie' || a === undefined || b === undefined) return {};
  return better === 'first' ? { chosen: a, rejected: b } : { chosen: b, rejected: a };
}

/** In code points, as Python counts. None where the text is another one by now. */
function publishedSpan({ parts }: CleanRow, { part, start, end, label, text: marked }: LabelSpan): object[] {
  const text = parts[part]?.text;
  if (text?.slice(start, end) !== marked) return [];
  const from = codePointsIn(text.slice(0, start));
  const place = { start: from, end: from + codePointsIn(marked), label, text: marked };
  return [parts.length > 1 ? { part, ...place } : place];
}

const labelsIn = (labels: readonly string[]): RowLabel[] => jsonTexts(labels, isRowLabel);

const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((each) => typeof each === 'string');

const isSpan = (value: unknown): boolean => {
  const { part, start, end, label, text } = (value ?? {}) as Record<string, unknown>;
  return [part, start, end].every(Number.isInteger) && typeof label === 'string' && typeof text === 'string';
};

function isRowLabel(value: unknown): value is RowLabel {
  const { id, label, labels, rating, better, spans } = (value ?? {}) as Record<string, unknown>;
  return (
    Number.isInteger(id) &&
    (label === undefined || typeof label === 'string') &&
    (labels === undefined || isTexts(labels)) &&
    (rating === undefined || Number.isFinite(rating)) &&
    (better === undefined || better === 'first' || better === 'second' || better === 'tie') &&
    (spans === undefined || (Array.isArray(spans) && spans.every(isSpan)))
  );
}

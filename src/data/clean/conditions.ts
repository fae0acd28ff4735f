// Whether a row passes the filter that a step was made under, by the columns that every row has and those beside it.
import type { Condition } from '../../base/records/recipe';
import { codePointsIn, lookedAtText } from './rowText';
import type { CleanRow } from './step';

/** Columns that are computed from the row. */
const COMPUTED: Readonly<Record<string, (row: CleanRow) => string | number>> = {
  row: ({ id }) => id,
  text: (row) => lookedAtText(row, 'row'),
  question: (row) => lookedAtText(row, 'question'),
  answer: (row) => lookedAtText(row, 'answer'),
  characters: ({ parts }) => parts.reduce((sum, { text }) => sum + codePointsIn(text), 0),
  turns: ({ parts }) => parts.length,
  side: ({ held }) => (held ? 'validation' : 'train'),
};

export const isComputed = (column: string): boolean => Object.hasOwn(COMPUTED, column);

/** Undefined where the row does not have it. */
export const rowColumn = (row: CleanRow, column: string): string | number | boolean | undefined =>
  isComputed(column) ? COMPUTED[column]!(row) : row.facts[column];

export const passes = (row: CleanRow, filter: readonly Condition[] | undefined): boolean =>
  (filter ?? []).every((condition) => holds(rowColumn(row, condition.column), condition));

function holds(value: string | number | boolean | undefined, { range, values, contains }: Condition): boolean {
  const text = value === undefined ? '' : String(value);
  if (range) {
    const number = value === undefined || text === '' ? NaN : Number(value);
    if (!(number >= range[0] && number <= range[1])) return false;
  }
  if (values && !values.includes(text)) return false;
  return contains === undefined || text.toLowerCase().includes(contains.toLowerCase());
}

// What stands beside a row: its label, rating and weight, and the columns that are no part of what is trained on.
import type { RowFacts } from '../../base/records/recipe';
import { isUsableWeight } from '../../base/conversation';
import type { RowFields } from './columns';
import { setOwn } from '../json';
import { cellText, flagOf, holdsSomething, isBlank } from './values';

/** Characters of one fact; a longer value is named as not read. */
const LONGEST_FACT = 100_000;

/** What a recipe knows of a row that the file says in its own words. */
const SIDES: ReadonlyMap<string, string> = new Map([
  ...['train', 'training'].map((name) => [name, 'train'] as const),
  ...['validation', 'valid', 'val', 'dev', 'eval', 'test'].map((name) => [name, 'validation'] as const),
]);

export interface Beside {
  facts: RowFacts;
  /** Columns that hold something, stand beside the row, and have no use that is known. */
  kept: string[];
  /** Those that are too long to be stored so. */
  unread: string[];
}

/** @param thumbs the label says whether the answer is good */
export function besideOf(fields: RowFields, thumbs: boolean): Beside {
  const beside: Beside = { facts: {}, kept: [], unread: [] };
  const { facts } = beside;
  addLabels(facts, fields, thumbs);
  addRating(facts, fields);
  addWeight(facts, fields);
  const { row, used } = fields;
  for (const column of fields.keys) {
    const value = row[column];
    const use = used.get(column);
    if ((use === undefined || use === 'verdict') && holdsSomething(value)) keep(beside, column, value);
  }
  for (const [field, values] of fields.beside) keep(beside, field, values.length === 1 ? values[0] : values);
  return beside;
}

function keep({ facts, kept, unread }: Beside, column: string, value: unknown): void {
  const fact = factOf(value);
  if (fact === undefined) {
    unread.push(column);
    return;
  }
  kept.push(column);
  setOwn(facts, column, column === 'split' ? (SIDES.get(String(fact).trim().toLowerCase()) ?? fact) : fact);
}

/** A number, a flag or a text as it is, all else as JSON; undefined where it is too long. */
function factOf(value: unknown): RowFacts[string] | undefined {
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= LONGEST_FACT ? text : undefined;
}

function addLabels(facts: RowFacts, fields: RowFields, thumbs: boolean): void {
  const marks = thumbs ? [] : chosenMarks(fields);
  if (!marks.length) return addLabel(facts, fields, thumbs);
  for (const [column] of marks) fields.use(column, 'label');
  if (marks.some(([, mark]) => mark === undefined)) return;
  facts['labels'] = JSON.stringify(marks.flatMap(([column, mark]) => (mark === 1 ? [column] : [])));
}

/**
 * The marks in several columns that a person chose as labels, such as `toxic` and `insult` with 1 and 0: undefined
 * where a cell is empty or −1, which is no label. None where they are not such columns.
 */
function chosenMarks(fields: RowFields): (readonly [column: string, mark: number | undefined])[] {
  const chosen = fields.mapping?.columns.filter(({ use }) => use === 'label').map(({ column }) => column) ?? [];
  const marks = chosen.map((column) => [column, flagOf(fields.peek(column))] as const);
  const isOpen = (value: unknown): boolean => !holdsSomething(value) || isBlank(value) || Number(value) === -1;
  const areMarks = marks.every(([column, mark]) => mark !== undefined || isOpen(fields.peek(column)));
  return chosen.length > 1 && areMarks ? marks : [];
}

function addLabel(facts: RowFacts, fields: RowFields, thumbs: boolean): void {
  for (const column of fields.columns('label')) {
    const value = fields.peek(column);
    const fact = thumbs && flagOf(value) !== undefined ? flagOf(value) === 1 : factOf(value);
    if (fact === undefined || fields.used.has(column)) continue;
    fields.use(column, 'label');
    facts[column.toLowerCase() === 'labels' ? 'labels' : 'label'] = fact;
  }
}

/** The first column that rates the row with a number. */
function addRating(facts: RowFacts, fields: RowFields): void {
  for (const column of fields.columns('rating')) {
    const rating = numberOf(fields.peek(column));
    if (rating === undefined) continue;
    if (fields.used.has(column)) return;
    fields.use(column, 'rating');
    facts['rating'] = rating;
    return;
  }
}

function numberOf(value: unknown): number | undefined {
  const text = cellText(value)?.trim();
  const number = text === undefined || text === '' ? NaN : Number(text);
  return Number.isFinite(number) ? number : undefined;
}

/**
 * How much a row counts, by the marks that stand beside it: yes or no of any of them, a number of those that are named
 * weights. A number under another name, as `loss`, may be a measurement.
 */
function addWeight(facts: RowFacts, fields: RowFields): void {
  let product: number | undefined;
  for (const column of fields.columns('weight')) {
    const value = fields.peek(column);
    const named = fields.mapping !== undefined || /weight/i.test(column);
    const weight = flagOf(value) ?? (named ? numberOf(value) : undefined);
    if (weight === undefined || !isUsableWeight(weight)) continue;
    fields.use(column, 'weight');
    product = (product ?? 1) * weight;
  }
  if (product !== undefined) facts['weight'] = product;
}

// What stands beside a row: its label, rating and weight, and the columns that are no part of what is trained on.
import type { RowFacts } from '../../base/records/recipe';
import { isUsableWeight } from '../../base/conversation';
import type { RowFields } from './columns';
import { cellText, flagOf, holdsSomething } from './values';

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
  const facts = new Map<string, RowFacts[string]>([...labelFact(fields, thumbs), ...ratingFact(fields)]);
  for (const [name, value] of weightFact(fields)) facts.set(name, value);
  const beside: Beside = { facts: {}, kept: [], unread: [] };
  for (const [column, value] of unusedOf(fields)) {
    const fact = factOf(value);
    if (fact === undefined) beside.unread.push(column);
    else {
      beside.kept.push(column);
      facts.set(column, column === 'split' ? (SIDES.get(String(fact).trim().toLowerCase()) ?? fact) : fact);
    }
  }
  beside.facts = Object.fromEntries(facts);
  return beside;
}

function unusedOf({ row, used, beside }: RowFields): [string, unknown][] {
  const columns = Object.entries(row).filter(([column, value]) => !used.has(column) && holdsSomething(value));
  const messages = [...beside].map(([field, values]): [string, unknown] => [
    field,
    values.length === 1 ? values[0] : values,
  ]);
  return [...columns, ...messages];
}

/** A number, a flag or a text as it is, all else as JSON; undefined where it is too long. */
function factOf(value: unknown): RowFacts[string] | undefined {
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= LONGEST_FACT ? text : undefined;
}

type Fact = [name: string, value: RowFacts[string]];

function labelFact(fields: RowFields, thumbs: boolean): Fact[] {
  return fields.columns('label').flatMap((column): Fact[] => {
    const value = fields.peek(column);
    const fact = thumbs && flagOf(value) !== undefined ? flagOf(value) === 1 : factOf(value);
    if (fact === undefined || fields.used.has(column)) return [];
    fields.use(column, 'label');
    return [[column.toLowerCase() === 'labels' ? 'labels' : 'label', fact]];
  });
}

/** The first column that rates the row with a number. */
function ratingFact(fields: RowFields): Fact[] {
  const column = fields.columns('rating').find((name) => numberOf(fields.peek(name)) !== undefined);
  if (column === undefined || fields.used.has(column)) return [];
  fields.use(column, 'rating');
  return [['rating', numberOf(fields.peek(column))!]];
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
function weightFact(fields: RowFields): Fact[] {
  const weights = fields.columns('weight').flatMap((column): number[] => {
    const value = fields.peek(column);
    const named = fields.mapping !== undefined || /weight/i.test(column);
    const weight = flagOf(value) ?? (named ? numberOf(value) : undefined);
    if (weight === undefined || !isUsableWeight(weight)) return [];
    fields.use(column, 'weight');
    return [weight];
  });
  return weights.length ? [['weight', weights.reduce((product, weight) => product * weight, 1)]] : [];
}

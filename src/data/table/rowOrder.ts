// Rows in the order of a column: by rank, which takes time in proportion to the rows and keeps the order of equals.
import type { ColumnValue } from '../clean/conditions';
import { isValueList, type ValueColumn } from './tableColumn';

/**
 * Rows sorted by what they have in a column. Those without a value stand last in either direction.
 * @param places Rows in the order that equals keep
 */
export function sortedBy(column: ValueColumn, places: Uint32Array, down: boolean): Uint32Array {
  const { ranks, of } = column.kind === 'number' ? numberRanks(column.values) : categoryRanks(column);
  const rankAt = (row: number): number => {
    const rank = of(row);
    return down && rank < ranks ? ranks - 1 - rank : rank;
  };
  const starts = new Uint32Array(ranks + 2);
  for (const row of places) starts[rankAt(row) + 1]!++;
  for (let rank = 1; rank < starts.length; rank++) starts[rank]! += starts[rank - 1]!;
  const sorted = new Uint32Array(places.length);
  for (const row of places) sorted[starts[rankAt(row)]!++] = row;
  return sorted;
}

interface Ranks {
  /** Of values; rows without one have this rank. */
  ranks: number;
  of(row: number): number;
}

function numberRanks(values: Float64Array): Ranks {
  const distinct = distinctNumbers(values);
  return {
    ranks: distinct.length,
    of: (row) => (Number.isNaN(values[row]!) ? distinct.length : lastNotAbove(distinct, values[row]!)),
  };
}

/** The values that differ, from the least on. */
export function distinctNumbers(values: Float64Array): Float64Array {
  const sorted = values.slice().sort(); // NaN comes last
  let count = 0;
  for (const value of sorted) {
    if (Number.isNaN(value)) break;
    if (count === 0 || value !== sorted[count - 1]) sorted[count++] = value;
  }
  return sorted.slice(0, count);
}

/** The place of the last of some rising numbers that is not above this one; −1 where all are. */
export function lastNotAbove(rising: Float64Array, value: number): number {
  let [from, to] = [0, rising.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (rising[middle]! <= value) from = middle + 1;
    else to = middle;
  }
  return from - 1;
}

function categoryRanks({ codes, texts }: Extract<ValueColumn, { kind: 'category' }>): Ranks {
  const collator = new Intl.Collator('en', { numeric: true });
  const written = texts.map(writtenValue);
  const order = written.map((_, code) => code).slice(1);
  order.sort((a, b) => collator.compare(written[a]!, written[b]!));
  const rankOf = new Uint32Array(texts.length).fill(order.length);
  order.forEach((code, rank) => (rankOf[code] = rank));
  return { ranks: order.length, of: (row) => rankOf[codes[row]!]! };
}

const writtenValue = (value: ColumnValue): string => (isValueList(value) ? value.join(', ') : String(value ?? ''));

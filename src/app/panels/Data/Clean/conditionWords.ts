// A filter's condition as a person reads it.
import type { Condition, ValueRange } from '../../../../base/records/recipe';
import { columnName, numberWords, valueName } from '../../../words/columnWords';
import { m } from '../../../words/generated/messages.js';
import { language } from '../../../words/language.svelte';

/** Ranges and values that are written out. */
const WRITTEN = 3;

/** @param column Its name, where it has another one here */
export function conditionWords(condition: Condition, column = columnName(condition.column)): string {
  const { column: key, range, ranges = [], values = [], contains } = condition;
  const { format } = language;
  if (key === 'row' && ranges.length) return m.clean_filter_rows({ count: format.integer(rowsIn(ranges)) });
  if (range) return m.clean_filter_range({ column, least: numberWords(range[0]), most: numberWords(range[1]) });
  if (contains !== undefined) return m.clean_filter_contains({ column, text: contains });
  const said = [...ranges.map(rangeWords), ...values.map((value) => valueName(key, value))];
  const [first, more] = [said.slice(0, WRITTEN), said.length - WRITTEN];
  const list = format.list(more > 0 ? [...first, m.clean_filter_more({ count: format.integer(more) })] : first);
  return ranges.length
    ? m.clean_filter_ranges({ column, ranges: list })
    : m.clean_filter_values({ column, values: list });
}

/** A range of one number is that number. */
export const rangeWords = ([least, most]: ValueRange): string =>
  least === most ? numberWords(least) : m.clean_filter_span({ least: numberWords(least), most: numberWords(most) });

const rowsIn = (ranges: readonly ValueRange[]): number =>
  ranges.reduce((sum, [least, most]) => sum + most - least + 1, 0);

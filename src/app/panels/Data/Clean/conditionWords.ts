// A filter's condition as a person reads it.
import type { Condition } from '../../../../base/records/recipe';
import { m } from '../../../words/generated/messages.js';
import { language } from '../../../words/language.svelte';

export function conditionWords({ column, range, values, contains }: Condition): string {
  const { format } = language;
  if (range) {
    const [least, most] = [format.number(range[0]), format.number(range[1])];
    return m.clean_filter_range({ column, least, most });
  }
  return values
    ? m.clean_filter_values({ column, values: format.list(values) })
    : m.clean_filter_contains({ column, text: contains ?? '' });
}

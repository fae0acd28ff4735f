/** Python's markupsafe: texts that have been escaped or called safe, and what escaping writes. */
import type { Spend, Value } from './pythonValues';
import { isText, printed, text } from './pythonValues';

/** The values that are `Markup` in Python. */
const SAFE = new WeakSet<object>();
const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', "'": '&#39;', '"': '&#34;' };

export const isMarkup = (value: Value): boolean => SAFE.has(value);

export function markup(value: string): Value {
  const made = text(value);
  SAFE.add(made);
  return made;
}

export const escaped = (value: string): Value => markup(value.replace(/[&<>'"]/g, (sign) => ENTITIES[sign]!));

/** What `Markup + x` and `Markup % x` take. */
export const asMarkup = (value: Value, spend: Spend): Value =>
  isMarkup(value) ? value : escaped(printed(value, spend));

export function joinedMarkup(left: Value, right: Value, spend: Spend): Value | undefined {
  if (!(isText(left) && isText(right)) || !(isMarkup(left) || isMarkup(right))) return undefined;
  return markup(printed(asMarkup(left, spend), spend) + printed(asMarkup(right, spend), spend));
}

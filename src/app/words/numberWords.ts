// What is wrong with a number as it was typed, in words.
import { m } from './generated/messages.js';
import { language } from './language.svelte';
import { readNumber, type NumberRange } from './readNumber';

export function numberFault(text: string, { min, max, integer }: NumberRange): string {
  const { format } = language;
  const { either } = readNumber(text, { min, max, integer });
  if (either?.length === 2) {
    const [one, other] = either.map((n) => format.number(n, 12));
    return m.ui_number_either({ one: one ?? '', other: other ?? '' });
  }
  if (either?.[0] !== undefined) return m.ui_number_meant({ number: format.number(either[0], 12) });
  const range = { min: format.number(min, 9), max: format.number(max, 9) };
  return integer ? m.ui_number_whole(range) : m.ui_number_range(range);
}

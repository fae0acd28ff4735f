// The beginning of a row as a list shows it.
import { writtenText } from '../../base/conversation';
import type { EvaluatedRow } from '../../base/records/evaluation';

/** Characters of a row in a list. */
const SHOWN = 160;

export const shownText = ({ asked }: EvaluatedRow): string =>
  (typeof asked === 'string' ? asked : writtenText(asked.at(-1) ?? { role: 'user', content: '' })).slice(0, SHOWN);

// How long answers are beside their references, in characters: 1 is as long. Tokens are no measure here, since two
// candidates may cut texts differently.
import type { Metric } from '../metric';
import { ratioAt } from '../totals';
import { codePoints } from './textPieces';

export const lengthRatio: Metric<'generation'> = {
  key: 'lengthRatio',
  task: 'generation',
  unit: 'ratio',
  direction: 'none',
  statsOf: ({ answer, references: [reference] }) =>
    reference === undefined ? undefined : [codePoints(answer), codePoints(reference)],
  perRow: (row) => ratioAt([row], 0, 1),
  ofRows: (rows) => ratioAt(rows, 0, 1),
};

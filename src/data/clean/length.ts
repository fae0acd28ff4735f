// The step that leaves out rows that are too short or too long, by characters and by turns.
import { codePointsIn, leftOut } from './rowText';
import type { CleanStep } from './step';

export const lengthStep: CleanStep<{ least: number; most: number; leastTurns: number; mostTurns: number }> = {
  kind: 'length',
  defaults: { least: 10, most: 100_000, leastTurns: 1, mostTurns: 1000 },
  reasons: ['short', 'long', 'few-turns', 'many-turns'],
  limits: { least: [0, 1e6], most: [1, 1e9], leastTurns: [1, 1000], mostTurns: [1, 100_000] },
  start: ({ least, most, leastTurns, mostTurns }) => ({
    decide: ({ parts }) => {
      const characters = parts.reduce((sum, { text }) => sum + codePointsIn(text), 0);
      const turns = parts.filter(({ kind }) => kind !== 'system' && kind !== 'rejected').length;
      if (characters < least) return leftOut('short', { characters });
      if (characters > most) return leftOut('long', { characters });
      if (turns < leastTurns) return leftOut('few-turns', { turns });
      return turns > mostTurns ? leftOut('many-turns', { turns }) : { kept: true };
    },
  }),
};

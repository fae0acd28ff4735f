// Whether a regular expression finds something in the answer. A pattern that is none, or may not end, scores nothing.
import { isSteadyPattern } from '../../../base/steadyPattern';
import { meanMetric } from '../totals';

function compiled(pattern: string): RegExp | undefined {
  if (!isSteadyPattern(pattern)) return undefined;
  try {
    return new RegExp(pattern, 'u');
  } catch {
    return undefined;
  }
}

export const regex = meanMetric<'generation'>(
  { key: 'regex', task: 'generation', unit: 'share', direction: 'up' },
  ({ answer, pattern }) => {
    const test = pattern === undefined ? undefined : compiled(pattern);
    return test && Number(test.test(answer));
  },
);

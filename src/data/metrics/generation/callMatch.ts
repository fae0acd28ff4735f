// Whether an answer calls the tools that the row wants, in its order, with the same arguments as JSON: the order of
// keys does not count.
import type { ToolCall } from '../../../base/conversation';
import { meanMetric } from '../totals';

/** Keys sorted, so that equal values are equal texts. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** Arguments that were written as a text are read where they are JSON. */
function argumentsOf({ arguments: told }: ToolCall): unknown {
  if (typeof told !== 'string') return told;
  try {
    return JSON.parse(told);
  } catch {
    return told;
  }
}

const written = (calls: readonly ToolCall[]): string =>
  JSON.stringify(calls.map((call) => [call.name, sorted(argumentsOf(call))]));

export const callMatch = meanMetric<'generation'>(
  { key: 'callMatch', task: 'generation', unit: 'share', direction: 'up' },
  ({ calls, wantedCalls }) => (calls && wantedCalls ? Number(written(calls) === written(wantedCalls)) : undefined),
);

// Few rows that were read again and again: whatever the losses say, it rests on too little.
import type { Evidence } from './evidence';

export interface DataSmall {
  kind: 'dataSmall';
  rows: number;
  /** How often the run has read all of them. */
  passes: number;
}

/** "Data too small: < 50" rows. */
const FEW_ROWS = 50;
/** One or two passes are a beginning; from the third on it learns the rows, not the manner. */
const PASSES = 3;

export function dataSmall({ run, data }: Evidence): DataSmall | undefined {
  if (!data || data.tokens === 0) return undefined;
  const passes = run.tokens / data.tokens;
  return data.rows < FEW_ROWS && passes >= PASSES ? { kind: 'dataSmall', rows: data.rows, passes } : undefined;
}

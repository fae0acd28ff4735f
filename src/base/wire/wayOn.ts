// How a run that ended before its last step can be resumed, as the page is told.
import type { ErrorCode, ErrorFacts } from '../errors/errors';

export interface WayOn {
  /** The step of its newest checkpoint; absent: it starts again from its record, at step 0. */
  from?: number;
  /** A run that diverged goes on from its last good checkpoint, at a quarter of its rate. */
  slower?: { from: number; rate: number; loss?: number };
  /** Why it cannot be resumed. */
  refusal?: { code: ErrorCode; facts: ErrorFacts };
}

// What the losses of a run say of it, from real points only: the rules in the order in which they are asked. Each rule
// is a file beside this one, with the source of its thresholds; the words are verdictWords.ts.
import { dataSmall, type DataSmall } from './dataSmall';
import { diverged, type Diverged } from './diverged';
import type { Evidence } from './evidence';
import { moves, type Moves } from './moves';
import { turned, type Turned } from './overfits';
import { rateLow, type RateLow } from './rateLow';
import { underfits, type EndedEarly, type Underfits } from './underfits';

export type RunVerdict = Diverged | Turned | RateLow | EndedEarly | Underfits | Moves | DataSmall;

/** The first one holds; the others would say less of the same losses. */
const RULES = [diverged, turned, rateLow, underfits, moves];

/** Empty before there are enough checks. Few rows are told beside what the losses say. */
export function verdictsOf(evidence: Evidence): RunVerdict[] {
  let said: RunVerdict | undefined;
  for (const rule of RULES) if ((said = rule(evidence))) break;
  const few = dataSmall(evidence);
  return [...(said ? [said] : []), ...(few ? [few] : [])];
}

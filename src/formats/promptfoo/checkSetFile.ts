// What files of checks hold: prompts, and the expectations of promptfoo by their names. A set of the studio is
// base/records/checks.ts.
import type { Message } from '../../base/conversation';
import type { Expectation } from '../../base/records/checks';

export interface FileCheck {
  name: string;
  asked: Message[];
  expects: Expectation[];
}

export interface ReadChecks {
  /** What the file says of itself; empty: nothing. */
  name: string;
  checks: FileCheck[];
  /** Names of expectations that are not judged here. */
  unknown: string[];
  /** Tests whose prompt is no text in the file. */
  leftOut: number;
}

// The queue of runs: what waits for the device, what became of it, and the switch. It is stored as it is told.
import type { ErrorFacts } from '../errors/errors';
import type { Id } from '../records/named';
import type { RunRequest } from './requests';

/** `ended`: its run finished or was stopped by a person. */
type QueueState = 'waiting' | 'running' | 'ended' | 'failed';

/** An error as it is stored. */
interface StoredError {
  code: string;
  facts: ErrorFacts;
}

/** What is known of a run before it has a record. */
export interface QueuedRun {
  name: string;
  /** The model that it tunes, or the size that it makes, as the form named them. */
  modelName: string;
  dataName: string;
  /** Everything that the run follows from, as it was chosen; its tokens are made already. */
  request: RunRequest;
}

export interface QueueEntry extends Partial<Omit<QueuedRun, 'name'>> {
  /** Also that of the run that it becomes. */
  id: Id;
  name: string;
  /** The smallest one goes first. */
  place: number;
  /** When it was added, ms since 1970. */
  addedAt: number;
  state: QueueState;
  /** Why it failed. */
  error?: StoredError;
}

/** Whether the next entry starts by itself; where something switched it off, why. */
export interface QueueSwitch {
  on: boolean;
  held?: StoredError;
}

export interface QueueStanding extends QueueSwitch {
  /** In their order. */
  entries: QueueEntry[];
}

// Runs: as storage keeps them (data worker), and the one under way (GPU worker).
import type { WayOn } from '../src/base/wire/wayOn';
import type { HistoryPart, RunEvent } from '../src/base/wire/events';
import type { RunEstimate } from '../src/base/wire/machine';
import type { CheckpointReason, CheckpointSummary } from '../src/base/records/checkpoint';
import type { Id } from '../src/base/records/named';
import type { QueuedRun, QueueEntry, QueueStanding } from '../src/base/wire/queue';
import type { RunRecord } from '../src/base/records/run';
import type {
  ByItself,
  CourseChange,
  EstimateRequest,
  ExportResult,
  GoBack,
  HistoryKind,
  RunFacts,
  RunRequest,
  TuningDefaults,
  TuningRequest,
} from '../src/base/wire/requests';

export interface StoredRunsApi {
  listRuns(): Promise<RunRecord[]>;
  /** How each run that did not come to its last step can be resumed. */
  waysOn(): Promise<Record<Id, WayOn>>;
  listCheckpoints(runId: Id): Promise<CheckpointSummary[]>;
  history(runId: Id): Promise<HistoryPart[]>;
  renameRun(id: Id, name: string): Promise<void>;
  /** @throws run-busy while the run is under way in any tab */
  deleteRun(id: Id): Promise<void>;
  restoreRun(id: Id): Promise<void>;
  /**
   * What a person wrote about it, in place of what stood there.
   *
   * @throws run-missing
   */
  annotateRun(id: Id, annotation: Required<Pick<RunRecord, 'note' | 'tags'>>): Promise<void>;
  /** @throws run-missing */
  runFacts(id: Id): Promise<RunFacts>;
  /**
   * What was measured in a run as a file; in several runs as a zip with a folder for each.
   *
   * @throws run-missing
   */
  historyFile(ids: Id[], kind: HistoryKind): Promise<Required<ExportResult>>;
  /**
   * What a tuning begins with. The data worker answers, though it is about training: it is idle while the other one
   * computes a step, and the form must not wait for that.
   */
  tuningDefaults(request: TuningRequest): Promise<TuningDefaults>;
}

/** The queue of runs, as storage keeps it. */
export interface QueueApi {
  queue(): Promise<QueueStanding>;
  /** Whether the next run starts by itself. */
  switchQueue(on: boolean): Promise<void>;
  /** At the end, in their order. */
  addToQueue(runs: readonly QueuedRun[]): Promise<QueueEntry[]>;
  /** A run that is under way stays. */
  takeFromQueue(ids: readonly Id[]): Promise<void>;
  /** Entries as they were. */
  putBackInQueue(entries: readonly QueueEntry[]): Promise<void>;
  /** Up (−1) or down (1) among those that wait. */
  moveInQueue(id: Id, by: -1 | 1): Promise<void>;
  /**
   * What failed waits once more, as a new run.
   *
   * @throws queue-entry-missing
   */
  queueAgain(id: Id): Promise<void>;
}

/** One run at a time; what else computes takes its turn between steps. */
export interface TrainingApi {
  estimate(request: EstimateRequest): Promise<RunEstimate>;
  /** Events in batches, about ten times a second. */
  subscribe(listener: (events: RunEvent[]) => void): Promise<void>;
  current(): Promise<RunRecord | undefined>;
  /** @throws run-busy, settings-invalid, and what opening the device, the weights and the data throws */
  start(request: RunRequest): Promise<RunRecord>;
  /**
   * Runs some steps of such a run and drops them: estimates of time rest on them from then on.
   *
   * @throws measure-busy while a run is under way
   */
  measureStep(request: RunRequest): Promise<void>;
  /**
   * Resumes from the newest checkpoint that reads back whole; from the start where there is none. After a lost device a
   * run does it without being asked.
   *
   * @param byItself why nobody clicked: the run's notice says so
   * @throws run-busy, run-without-checkpoint, data-changed, memory-too-small
   */
  resume(runId: Id, byItself?: ByItself): Promise<RunRecord>;
  /**
   * A run that diverged goes on from its last good checkpoint, at a quarter of its rate; its record keeps both.
   *
   * @throws as `resume`
   */
  resumeSlower(runId: Id): Promise<RunRecord>;
  /** Starts what waits in the queue, where that is on and nothing else is under way; a run that was cut goes first. */
  goOnWithQueue(): Promise<void>;
  /**
   * Ends the run where it is under way, and goes on from one of its checkpoints, at another rate or length where they
   * are given. What it did behind that step is given up; its record says so.
   *
   * @throws checkpoint-missing, settings-invalid, and as `resume`
   */
  goBack(to: GoBack): Promise<RunRecord>;
  /**
   * Another rate or length of the run under way, from the next step on; its record keeps both.
   *
   * @throws no-run, settings-invalid, storage-full
   */
  change(asked: CourseChange): Promise<void>;
  /** Pauses after the step under way, and saves. */
  pause(): Promise<void>;
  /** Takes exactly one step, and pauses. */
  step(): Promise<void>;
  /** Ends a pause. */
  continue(): Promise<void>;
  /** Ends the run after the step under way, and saves. */
  stop(): Promise<void>;
  save(reason: CheckpointReason): Promise<void>;
}

// What tests of the page's state share: workers that answer from a table, the state built upon them, plain records.
import './page';
import { defaultSettings } from '../../src/base/settings/trainSettings';
import { modelOf, presetNamed } from '../../src/base/settings/presets';
import type { CheckpointSummary } from '../../src/base/records/checkpoint';
import type { DatasetRecord } from '../../src/base/records/dataset';
import type { RunRecord } from '../../src/base/records/run';
import type { TokenizerRecord } from '../../src/base/records/tokenizer';
import type { TabsChannel } from '../../src/app/browser/tabs';
import type { ResumeMark } from '../../src/app/browser/resumeMark';
import { Machine } from '../../src/app/state/machine.svelte';
import { Models } from '../../src/app/state/models.svelte';
import { OtherTabs, type OtherTabsWorld } from '../../src/app/state/otherTabs.svelte';
import { PreflightState } from '../../src/app/state/preflight.svelte';
import { RunQueueState } from '../../src/app/state/runQueue.svelte';
import { RunsState } from '../../src/app/state/runs.svelte';
import { Toasts } from '../../src/app/state/toasts.svelte';
import { TrainForm } from '../../src/app/state/trainForm.svelte';
import { UndoableEdits } from '../../src/app/state/undoableEdits';
import type { DataApi } from '../../workers/data.api';
import type { GpuApi } from '../../workers/gpu.api';

/** A worker of which only these calls are answered; any other one fails under its name. */
const workerOf = <T extends object>(answers: Partial<T>): T =>
  new Proxy(answers as T, {
    get: (target, name): unknown =>
      Reflect.get(target, name) ?? (() => Promise.reject(new Error(`no answer to ${String(name)}`))),
  });

const give =
  <T>(value: T) =>
  (): Promise<T> =>
    Promise.resolve(value);
const nothing = (): Promise<void> => Promise.resolve();

const EMPTY_DATA: Partial<DataApi> = {
  listDatasets: give([]),
  readersOf: give([]),
  listLabelTasks: give([]),
  listTokenizers: give([]),
  listModels: give([]),
  ownModels: give([]),
  listRuns: give([]),
  waysOn: give({}),
  queue: give({ on: false, entries: [] }),
  listCheckpoints: give([]),
  history: give([]),
  keepTalk: nothing,
};
const IDLE_GPU: Partial<GpuApi> = {
  machine: give({ webgpu: { available: false, reason: 'no-api', detail: '' }, threads: 2 }),
  fits: give([]),
  subscribe: nothing,
  current: give(undefined),
  measureOnce: nothing,
};

/** A channel to no other tab. */
export const SILENT: TabsChannel = { post: () => undefined, listen: () => undefined };

/** The state that panels share, on workers that hold nothing but what these calls answer. */
export function pageOn(
  data: Partial<DataApi> = {},
  gpu: Partial<GpuApi> = {},
  tabsWorld: Partial<OtherTabsWorld> = {},
) {
  const workers = {
    data: workerOf<DataApi>({ ...EMPTY_DATA, ...data }),
    gpu: workerOf<GpuApi>({ ...IDLE_GPU, ...gpu }),
  };
  const toasts = new Toasts();
  const edits = new UndoableEdits(toasts);
  const machine = new Machine(workers);
  const preflight = new PreflightState(workers);
  const marks: ResumeMark[] = [];
  const reloads: ResumeMark[] = [];
  const reloadFor = (mark: ResumeMark): void => void reloads.push(mark);
  const tabs = new OtherTabs({ channel: SILENT, heldRuns: give([]), every: () => undefined, ...tabsWorld });
  const runs = new RunsState({
    ...workers,
    edits,
    tabs,
    dismissed: [],
    keepDismissed: () => undefined,
    reloadFor,
    takeMark: () => marks.pop(),
  });
  const queue = new RunQueueState({ ...workers, edits, toasts, runs });
  const models = new Models({ ...workers, edits, machine, toasts, connectHub: nothing });
  const form = new TrainForm({ ...workers, preflight, machine, models, runs });
  return {
    ...workers,
    tabs,
    marks,
    reloads,
    toasts,
    edits,
    machine,
    preflight,
    runs,
    queue,
    models,
    form,
    connectLlama: nothing,
  };
}

/** An answer that comes when the test says so. */
export function later<T>(): { answer: Promise<T>; give: (value: T) => void; fail: (thrown: unknown) => void } {
  let give!: (value: T) => void;
  let fail!: (thrown: unknown) => void;
  const answer = new Promise<T>((resolve, reject) => {
    give = resolve;
    fail = reject;
  });
  return { answer, give, fail };
}

/** Lets every answer that is there be taken. */
export const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Rejects as a worker does when its signal is aborted. */
export const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
  });

export const datasetRecord = (id: string, given: Partial<DatasetRecord> = {}): DatasetRecord => ({
  ...{ id, name: id, createdAt: 1, source: `${id}.txt`, format: 'txt', encoding: 'utf-8' },
  ...{ bytes: 1000, rows: 10, characters: 1000, chunks: 1, sha256: id, ...given },
});

export const tokenizerRecord = (id: string): TokenizerRecord => ({
  ...{ id, name: id, createdAt: 1, kind: 'bpe', vocabSize: 300, endId: 0, json: '{}', bytesPerToken: 2 },
});

export const runRecord = (id: string, given: Partial<RunRecord> = {}): RunRecord => ({
  ...{ id, name: id, createdAt: 1, updatedAt: 1, status: 'finished', origin: { kind: 'scratch' } },
  ...{ model: modelOf(presetNamed('0.03M'), 300, 64, 'llama'), tokenizerId: 't', datasetNames: [] },
  ...{ settings: defaultSettings(), step: 5, totalSteps: 10, tokens: 50, ...given },
});

export const checkpointSummary = (id: string, given: Partial<CheckpointSummary> = {}): CheckpointSummary => ({
  ...{ id, runId: 'run', createdAt: 1, step: 1, reason: 'autosave', best: false, byteLength: 8, weightsSha256: id },
  ...given,
});

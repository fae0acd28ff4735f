// Builds the state that panels share, and hands each class its workers and neighbours. Nothing else builds it; what is
// one panel's own is built in that panel's `own.ts`, from `world`.
import { Frames } from './frames';
import { heldRuns, openTabsChannel } from './browser/tabs';
import { forgetLastSeen, readLastSeen, writeLastSeen } from './browser/sentinel';
import { takeResumeMark, writeResumeMark } from './browser/resumeMark';
import { dataWorker, gpuWorker, onDataReplaced, onGpuReplaced } from './remote';
import { CheckSets } from './state/checkSets.svelte';
import { Datasets } from './state/datasets.svelte';
import { FeedbackState } from './state/feedback.svelte';
import { HubData } from './state/hubData.svelte';
import { Inspector } from './state/inspector.svelte';
import { calling, hearingSaves, LostStorage } from './state/lostStorage.svelte';
import { Machine } from './state/machine.svelte';
import { Models } from './state/models.svelte';
import { listIn, readDraft, readDraftText, writeDraft } from './state/drafts';
import { readFormDraft } from './state/formDraft';
import { OtherTabs } from './state/otherTabs.svelte';
import { PreflightState } from './state/preflight.svelte';
import { Router } from './state/router.svelte';
import { RunQueueState } from './state/runQueue.svelte';
import { RunsState } from './state/runs.svelte';
import { Shortcuts } from './state/shortcuts.svelte';
import { Toasts } from './state/toasts.svelte';
import { Tokenizers } from './state/tokenizers.svelte';
import { TrainForm } from './state/trainForm.svelte';
import { UndoableEdits } from './state/undoableEdits';
import type { Workers } from './state/workers';

/** Calls after which something else is stored than before. */
const CHANGES: readonly (keyof Workers['data'])[] = [
  ...(['importFile', 'importFiles', 'importText', 'importSample', 'bringBack', 'makeVersion', 'labelVersion'] as const),
  ...(['writeRows', 'feedbackDatasets', 'judgedDataset'] as const),
  'importHubDataset',
  ...(['deleteDataset', 'restoreDataset'] as const),
  ...(['openModel', 'openAdapter', 'openOwnModel', 'openHubModel', 'deleteModel', 'restoreModel'] as const),
  ...(['deleteRun', 'restoreRun'] as const),
];
export const lostStorage = new LostStorage({ data: dataWorker, readLastSeen, writeLastSeen, forgetLastSeen });
const workers: Workers = {
  data: calling(dataWorker, CHANGES, lostStorage.note),
  gpu: hearingSaves(calling(gpuWorker, ['start', 'resume'], lostStorage.note), lostStorage.note),
};
const frames = new Frames(workers);
const { connectHub, connectLlama } = frames;

export const router = new Router();
export const inspector = new Inspector();
export const toasts = new Toasts();
export const shortcuts = new Shortcuts({ inspector, router, toasts });
const edits = new UndoableEdits(toasts);

export const machine = new Machine(workers);
export const preflightState = new PreflightState(workers);
const tabs = new OtherTabs({ channel: openTabsChannel(), heldRuns });
export const runs = new RunsState({
  ...workers,
  edits,
  tabs,
  dismissed: listIn(readDraft('dismissed')),
  keepDismissed: (dismissed) => writeDraft('dismissed', dismissed),
  reloadFor: (mark) => writeResumeMark(mark) && location.reload(),
  takeMark: takeResumeMark,
});
export const runQueue = new RunQueueState({ ...workers, edits, toasts, runs });
export const tokenizers = new Tokenizers({ ...workers, edits });
export const models = new Models({ ...workers, edits, machine, toasts, connectHub });
models.repo = readDraftText('hub');
export const trainForm = new TrainForm({ ...workers, preflight: preflightState, machine, models, runs });
trainForm.restore(readFormDraft(readDraft('form')));
export const hubData = new HubData({ ...workers, connectHub });
hubData.repo = readDraftText('hubData');
export const feedback = new FeedbackState(workers);
export const checkSets = new CheckSets({ ...workers, edits });
export const datasets = new Datasets({ ...workers, edits, machine, form: trainForm });

/** What a panel's own state is handed. */
export const world = {
  ...workers,
  connectLlama,
  lostStorage,
  edits,
  toasts,
  machine,
  preflight: preflightState,
  runs,
  queue: runQueue,
  models,
  form: trainForm,
};

void runs.watchTabs((stores) => {
  if (stores.has('datasets')) void datasets.reread();
  if (stores.has('feedback')) void feedback.reread();
  if (stores.has('checkSets')) void checkSets.reread();
  if (stores.has('tokenizers')) void tokenizers.reread();
  if (stores.has('models')) void models.reread();
  if (stores.has('datasets') || stores.has('tokenizers')) void trainForm.reread();
  if (stores.has('runs')) void runs.refresh();
  if (stores.has('queue')) void runQueue.refresh();
  if (stores.has('checkpoints')) runs.refreshCheckpoints();
});
onDataReplaced(frames.hubLost);
onGpuReplaced(frames.llamaLost);
onGpuReplaced(() => void runs.gpuReplaced().then(() => runQueue.connect()));

void lostStorage.start();

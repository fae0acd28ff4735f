// The data worker: opens the storage, brings it in order, and answers the page topic by topic. The work itself is in
// studio and storage.
import { AtelierError } from '../src/base/errors/errors';
import { repoOf } from '../src/base/wire/hub';
import { splitsOf } from '../src/base/wire/hubDatasets';
import type { StoredSummary } from '../src/base/wire/machine';
import { columnsNeeded } from '../src/data/clean/columnsNeeded';
import {
  deleteCheckSet,
  dropCheckRun,
  keepCheckAnswer,
  listCheckSets,
  renameCheckSet,
  restoreCheckRun,
  restoreCheckSet,
} from '../src/storage/checks';
import { listCheckpoints } from '../src/storage/checkpoints';
import {
  asideRowsOf,
  deleteDataset,
  listDatasets,
  rowsFrom,
  renameDataset,
  restoreDataset,
} from '../src/storage/datasets';
import { openStorage } from '../src/storage/open';
import type { AtelierDb } from '../src/storage/db';
import { deleteFeedback, keepFeedback, listFeedback } from '../src/storage/feedback';
import { forgetDownloads } from '../src/storage/downloads';
import { deleteEverything } from '../src/storage/deleteAll';
import { deleteModel, listModels, renameModel, restoreModel } from '../src/storage/models';
import { withRoom } from '../src/storage/makeRoom';
import {
  deleteLabelTask,
  keepLabelTask,
  listLabelTasks,
  renameLabelTask,
  restoreLabelTask,
} from '../src/storage/labels';
import { deleteEvaluation, listEvaluations, renameEvaluation, restoreEvaluation } from '../src/storage/evaluations';
import {
  changeJudging,
  deleteJudging,
  keepBlindAnswer,
  keepJudging,
  listJudgings,
  renameJudging,
  restoreJudging,
} from '../src/storage/judgings';
import { keepRecipe, readRecipe } from '../src/storage/recipes';
import { storageFacts } from '../src/storage/quota';
import { annotateRun, deleteRun, listRuns, readHistory, renameRun, restoreRun } from '../src/storage/runs';
import * as storedQueue from '../src/storage/queue';
import { readersOf } from '../src/storage/readers';
import { storedSummary } from '../src/storage/summary';
import { sweepAtStart } from '../src/storage/sweep';
import { deleteTalk, keepTalk, listTalks, restoreTalk } from '../src/storage/talks';
import { keepThresholds } from '../src/storage/thresholds';
import { deleteTokenizer, listTokenizers, renameTokenizer, restoreTokenizer } from '../src/storage/tokenizers';
import { onWritten } from '../src/storage/write';
import { dataSheetFile } from '../src/studio/export/dataSheet';
import { datasetFile } from '../src/studio/export/datasetFile';
import { exportForms } from '../src/studio/export/exportForms';
import { labelFile } from '../src/studio/export/labelFile';
import { exportChoices, exportModel } from '../src/studio/export/exportModel';
import { historyFile } from '../src/studio/export/historyFile';
import { datasetLabels, learnedLabels } from '../src/studio/data/answerLabels';
import { asideFile, bringBack } from '../src/studio/data/asideRows';
import { cleanFindings } from '../src/studio/data/cleanFindings';
import { compareDatasets } from '../src/studio/data/compareDatasets';
import { LabelDesk } from '../src/studio/data/labelDesk';
import { importLabels, labelText } from '../src/studio/data/labelImport';
import { labelVersion } from '../src/studio/data/labelVersion';
import { makeVersion, previewRecipe } from '../src/studio/data/recipe';
import { recipeIn } from '../src/studio/data/recipeFile';
import { editableRow, stepFacts } from '../src/studio/data/stepFacts';
import { feedbackDatasets, homeOfFeedback } from '../src/studio/data/feedbackRows';
import { findRow } from '../src/studio/data/findRow';
import { importFile, importFiles, importSample, importText } from '../src/studio/data/importData';
import { importHubDataset } from '../src/studio/data/importHub';
import { beginChecks, storeCheckSet } from '../src/studio/checks/beginChecks';
import { checkFile, openCheckFile } from '../src/studio/checks/checkFiles';
import { checkSetView, nextCheck } from '../src/studio/checks/checkView';
import { heldOutPrompts } from '../src/studio/judge/heldOutPrompts';
import { judgedDataset } from '../src/studio/judge/judgedRows';
import { judgeBlind, judgingView, undoBlind } from '../src/studio/judge/judgingDesk';
import { judgingFile, openJudgingFile } from '../src/studio/judge/judgingFile';
import { openHubModel } from '../src/studio/models/hubImport';
import { trialIn, type TrialApi } from '../src/studio/models/trial';
import { ownScript } from '../src/base/wire/ownScript';
import { evaluationFile } from '../src/studio/evaluate/evaluationFile';
import { confusedRows, evaluatedRowView, evaluationReport } from '../src/studio/evaluate/report';
import { firstBatch } from '../src/studio/data/firstBatch';
import { adapterFolderOf } from '../src/studio/models/modelFolder';
import { joinAdapters } from '../src/studio/models/joinAdapters';
import { keepAdapter } from '../src/studio/models/openAdapter';
import { extendTokenizer, newTokensOf } from '../src/studio/models/newTokens';
import { openFiles } from '../src/studio/models/openFiles';
import { listOwnModels, openOwnModel } from '../src/studio/models/ownModels';
import { preflight, rowLengths } from '../src/studio/data/preflight';
import { prepare } from '../src/studio/data/prepare';
import { pickRows } from '../src/studio/data/readRows';
import { RowTables } from '../src/studio/data/rowTable';
import { runFacts } from '../src/studio/data/runFacts';
import { promptRoom, chatModelFacts } from '../src/studio/chat/speakerFacts';
import { loadTokenizer, tokensOf, vocabularyPage } from '../src/studio/models/tokenizers';
import { readUseLog } from '../src/studio/data/useLog';
import { writtenDataset } from '../src/studio/data/writtenRows';
import { importTokenizer, trainTokenizer } from '../src/studio/data/trainTokenizer';
import { waysOn } from '../src/studio/train/wayOn';
import { defaultsOfTuning } from '../src/studio/train/tuningDefaults';
import type { ConversationsApi } from './chat.api';
import type { ChecksApi } from './checks.api';
import type { DataApi } from './data.api';
import type { DatasetsApi, PreparationApi } from './datasets.api';
import type { EvaluationsApi } from './evaluation.api';
import type { ExportApi } from './export.api';
import type { FeedbackApi } from './feedback.api';
import type { HubApi } from './hub.api';
import type { JudgingApi } from './judging.api';
import type { LabelsApi } from './labels.api';
import type { StorageApi } from './machine.api';
import type { ModelsApi, ModelSourcesApi } from './models.api';
import type { RecipesApi } from './recipes.api';
import type { RowTableApi } from './rowTable.api';
import type { QueueApi, StoredRunsApi } from './runs.api';
import type { TokenizersApi } from './tokenizers.api';
import { tellTabs } from './tabs';
import trialWorkerUrl from './trial.worker.ts?worker&url';
import { serve, wrap } from './wire';

tellTabs(onWritten);

let atStart: StoredSummary | undefined;
const storage = openStorage().then(async (db) => {
  atStart = await storedSummary(db).catch(() => undefined);
  await sweepAtStart(db).catch(() => undefined); // what could not be swept harms nobody, and the next start tries again
  return db;
});
storage.catch(() => undefined); // every call reports it

/** Beside the folder of the worker's script, in the built studio as in development. */
const ORIGIN = new URL('../', self.location.href);
const SAMPLES = new URL('samples/', ORIGIN);

/** Tries what a model brings in a worker of its own, which is thrown away. */
const trial = trialIn(() => {
  const worker = new Worker(ownScript(trialWorkerUrl), { type: 'module', name: 'trial' });
  const failed = new Promise<never>((_, reject) => {
    worker.onerror = ({ message }) => reject(new AtelierError('worker-failed', { worker: 'trial', message }));
  });
  return { api: wrap<TrialApi>(worker), failed, terminate: () => worker.terminate() };
});

let hub: ReturnType<typeof wrap<HubApi>> | undefined;
function connectedHub(): NonNullable<typeof hub> {
  if (!hub) throw new Error('the page connects the hub first');
  return hub;
}

/** @throws hub-name */
function hubName(name: string): string {
  const repo = repoOf(name);
  if (!repo) throw new AtelierError('hub-name', { text: name });
  return repo;
}

/** A call that does its work on the storage, once that is open. */
const stored =
  <Args extends unknown[], Answer>(work: (db: AtelierDb, ...args: Args) => Promise<Answer>) =>
  async (...args: Args): Promise<Answer> =>
    work(await storage, ...args);

/** The same for work that stores much: where the storage is full, once more after room was made. */
const storing = <Args extends unknown[], Answer>(work: (db: AtelierDb, ...args: Args) => Promise<Answer>) =>
  stored((db, ...args: Args) => withRoom(db, () => work(db, ...args)));

const datasets: DatasetsApi = {
  importFile: storing((db, file, choices, onProgress, signal) => importFile(db, file, { choices, onProgress, signal })),
  importFiles: storing((db, name, files, choices, onProgress, signal) =>
    importFiles(db, name, files, { choices, onProgress, signal }),
  ),
  importText: storing((db, name, text, onProgress, signal) => importText(db, name, text, { onProgress, signal })),
  importSample: storing((db, name, onProgress, signal) => importSample(db, name, SAMPLES, { onProgress, signal })),
  hubDataset: async (address, name) => {
    const repo = hubName(name);
    const dataset = await connectedHub().describeDataset(address, repo);
    if (!splitsOf(dataset.files).length) throw new AtelierError('hub-dataset-files', { hub: address, repo });
    return dataset;
  },
  importHubDataset: storing((db, request, choices, onProgress, signal) =>
    importHubDataset(db, connectedHub(), request, { choices, onProgress, signal }),
  ),
  listDatasets: stored(listDatasets),
  rows: stored(rowsFrom),
  findRow: stored(findRow),
  asideRows: stored(asideRowsOf),
  bringBack: storing((db, request, onProgress, signal) => bringBack(db, request, { onProgress, signal })),
  asideFile: stored(asideFile),
  renameDataset: stored(renameDataset),
  readersOf: stored((db, id) => readersOf(db, id)),
  deleteDataset: stored(deleteDataset),
  restoreDataset: stored(restoreDataset),
};

const preparation: PreparationApi = {
  preflight: stored(preflight),
  rowLengths: stored(rowLengths),
  pickRows: stored(pickRows),
  firstBatch: stored(firstBatch),
  prepare: storing(prepare),
};

const recipes: RecipesApi = {
  cleanSteps: () => Promise.resolve(stepFacts()),
  columnsNeeded: ({ steps }) => Promise.resolve(columnsNeeded(steps)),
  editableRow: stored(editableRow),
  cleanFindings: stored((db, id, onProgress, signal) => cleanFindings(db, id, { onProgress, signal })),
  previewRecipe: stored((db, request, onProgress, signal) => previewRecipe(db, request, { onProgress, signal })),
  makeVersion: storing((db, request, onProgress, signal) => makeVersion(db, request, { onProgress, signal })),
  compareDatasets: stored((db, request, onProgress, signal) => compareDatasets(db, request, { onProgress, signal })),
  readRecipe: stored(readRecipe),
  keepRecipe: stored(keepRecipe),
  recipeIn: (text, file) => Promise.resolve().then(() => recipeIn(text, file)),
  datasetFile: stored((db, id, kind, onProgress, signal) => datasetFile(db, id, kind, { onProgress, signal })),
  dataSheet: stored(dataSheetFile),
};

const tables = new RowTables();
let openDesk: LabelDesk | undefined;
/** One for all calls: it holds the queue that is open. */
const atDesk = async (): Promise<LabelDesk> => (openDesk ??= new LabelDesk(await storage, tables));

const labels: LabelsApi = {
  listLabelTasks: stored(listLabelTasks),
  keepLabelTask: async (task) => {
    await keepLabelTask(await storage, task);
    (await atDesk()).forget();
  },
  renameLabelTask: stored(renameLabelTask),
  deleteLabelTask: stored(deleteLabelTask),
  restoreLabelTask: stored(restoreLabelTask),
  labelView: async (place) => (await atDesk()).view(place),
  decideLabel: async (place, decision) => (await atDesk()).decide(place, decision),
  undoLabel: async (place) => (await atDesk()).undo(place),
  askSkipped: async (place) => (await atDesk()).askSkipped(place),
  openPlaces: async (place, most) => (await atDesk()).openPlaces(place, most),
  labelFile: stored((db, place, file, onProgress, signal) => labelFile(db, place, file, { onProgress, signal })),
  importLabels: async (place, file, onProgress, signal) => {
    const brought = await importLabels(await storage, place, await labelText(file), file.name, { onProgress, signal });
    (await atDesk()).forget();
    return brought;
  },
  labelVersion: storing((db, request, onProgress, signal) => labelVersion(db, request, { onProgress, signal })),
};

const evaluations: EvaluationsApi = {
  listEvaluations: stored(listEvaluations),
  renameEvaluation: stored(renameEvaluation),
  deleteEvaluation: stored(deleteEvaluation),
  restoreEvaluation: stored(restoreEvaluation),
  evaluationReport: stored(evaluationReport),
  evaluatedRow: stored(evaluatedRowView),
  confusedRows: stored(confusedRows),
  evaluationFile: stored(evaluationFile),
};

const rowTable: RowTableApi = {
  tableView: stored((db, query, onProgress, signal) => tables.view(db, query, { onProgress, signal })),
  tableFacets: stored((db, query, wanted, onProgress, signal) =>
    tables.facets(db, query, wanted, { onProgress, signal }),
  ),
  tableRows: stored((db, request) => tables.rows(db, request)),
  tablePlaces: stored((db, query, onProgress, signal) => tables.places(db, query, { onProgress, signal })),
  recipeFilter: stored((db, query, onProgress, signal) => tables.recipeFilter(db, query, { onProgress, signal })),
  filteredFile: stored(async (db, query, kind, onProgress, signal) => {
    const includes = await tables.passing(db, query, { onProgress, signal });
    return datasetFile(db, query.datasetId, kind, { onProgress, signal, includes });
  }),
  closeTable: () => Promise.resolve(tables.close()),
};

const tokenizers: TokenizersApi = {
  trainTokenizer: storing(trainTokenizer),
  importTokenizer: storing(importTokenizer),
  newTokens: stored(newTokensOf),
  extendTokenizer: stored(extendTokenizer),
  listTokenizers: stored(listTokenizers),
  renameTokenizer: stored(renameTokenizer),
  deleteTokenizer: stored(deleteTokenizer),
  restoreTokenizer: stored(restoreTokenizer),
  tokenize: stored(async (db, id, text) => tokensOf(await loadTokenizer(db, id), text)),
  vocabulary: stored(async (db, id, query, from, count) =>
    vocabularyPage(await loadTokenizer(db, id), query, from, count),
  ),
};

const runs: StoredRunsApi = {
  listRuns: stored(listRuns),
  waysOn: stored(waysOn),
  listCheckpoints: stored(listCheckpoints),
  history: stored(readHistory),
  renameRun: stored(renameRun),
  deleteRun: stored((db, id) => deleteRun(db, id)),
  restoreRun: stored(restoreRun),
  annotateRun: stored(annotateRun),
  runFacts: stored(runFacts),
  historyFile: stored(historyFile),
  tuningDefaults: (request) => Promise.resolve(defaultsOfTuning(request)),
};

const queue: QueueApi = {
  queue: stored(storedQueue.readQueue),
  switchQueue: stored((db, on) => storedQueue.switchQueue(db, { on })),
  addToQueue: storing(storedQueue.addToQueue),
  takeFromQueue: stored((db, ids) => storedQueue.takeFromQueue(db, ids)),
  putBackInQueue: stored(storedQueue.putBackInQueue),
  moveInQueue: stored(storedQueue.moveInQueue),
  queueAgain: stored(storedQueue.queueAgain),
};

const models: ModelsApi = {
  openModel: storing((db, files, onProgress, signal) => openFiles(db, files, { onProgress, signal, trial })),
  openAdapter: storing(async (db, baseId, files, onProgress, signal) =>
    keepAdapter(db, baseId, await adapterFolderOf(files), { onProgress, signal, trial }),
  ),
  joinAdapters: storing(joinAdapters),
  listModels: stored(listModels),
  renameModel: stored(renameModel),
  keepThresholds: stored(keepThresholds),
  deleteModel: stored(deleteModel),
  restoreModel: stored(restoreModel),
};

const modelSources: ModelSourcesApi = {
  ownModels: () => listOwnModels(ORIGIN),
  openOwnModel: storing((db, name, onProgress, signal) =>
    openOwnModel(db, ORIGIN, name, { onProgress, signal, trial }),
  ),
  openHubModel: storing((db, model, onProgress, signal) =>
    openHubModel(db, connectedHub(), model, { onProgress, signal, trial }),
  ),
  connectHub: async (port) => void (hub = wrap<HubApi>(port)),
  hubModel: async (address, name) => connectedHub().describe(address, hubName(name)),
  forgetDownloads: stored(forgetDownloads),
};

const conversations: ConversationsApi = {
  speaker: stored(chatModelFacts),
  datasetLabels: stored(datasetLabels),
  learnedLabels: stored(learnedLabels),
  promptRoom: stored(promptRoom),
  listTalks: stored(listTalks),
  keepTalk: stored(keepTalk),
  deleteTalk: stored(deleteTalk),
  restoreTalk: stored(restoreTalk),
};

const feedback: FeedbackApi = {
  listFeedback: stored(listFeedback),
  keepFeedback: stored(keepFeedback),
  deleteFeedback: stored(deleteFeedback),
  readUseLog,
  homeOfFeedback: stored(homeOfFeedback),
  writeRows: storing((db, request, onProgress, signal) => writtenDataset(db, request, { onProgress, signal })),
  feedbackDatasets: storing((db, request, onProgress, signal) => feedbackDatasets(db, request, { onProgress, signal })),
};

const judging: JudgingApi = {
  listJudgings: stored(listJudgings),
  keepJudging: stored(keepJudging),
  renameJudging: stored(renameJudging),
  deleteJudging: stored(deleteJudging),
  restoreJudging: stored(restoreJudging),
  judgingView: stored(judgingView),
  keepBlindAnswer: stored(keepBlindAnswer),
  judgeBlind: stored(judgeBlind),
  undoBlind: stored(undoBlind),
  endJudging: stored(async (db, id) => {
    await changeJudging(db, id, (one) => ({ ...one, endedAt: Date.now() }));
    return judgingView(db, id);
  }),
  heldOutPrompts: stored(heldOutPrompts),
  judgingFile: stored(judgingFile),
  openJudgingFile: stored((db, file) => openJudgingFile(db, file, file.name)),
  judgedDataset: storing((db, id, target, onProgress, signal) => judgedDataset(db, id, target, { onProgress, signal })),
};

const checks: ChecksApi = {
  listCheckSets: stored(listCheckSets),
  keepCheckSet: stored(storeCheckSet),
  renameCheckSet: stored(renameCheckSet),
  deleteCheckSet: stored(deleteCheckSet),
  restoreCheckSet: stored(restoreCheckSet),
  checkSetView: stored(checkSetView),
  beginChecks: stored(beginChecks),
  nextCheck: stored(nextCheck),
  keepCheckAnswer: stored(keepCheckAnswer),
  deleteCheckRun: stored(dropCheckRun),
  restoreCheckRun: stored(restoreCheckRun),
  checkFile: stored(checkFile),
  openCheckFile: stored((db, file, into) => openCheckFile(db, file, file.name, into)),
};

/** The page that a model is saved as, which the build packed. */
async function emptyPage(): Promise<Blob> {
  const file = 'webpage.zip';
  const response = await fetch(new URL(file, ORIGIN));
  // a host may answer with its own page for what is missing
  const found = response.ok && response.headers.get('Content-Type')?.includes('html') !== true;
  if (!found) throw new AtelierError('web-page-missing', { file, status: response.status });
  return response.blob();
}

const exporting: ExportApi = {
  exportChoices: stored(exportChoices),
  exportForms: stored(exportForms),
  exportModel: stored((db, id, kind, guide, target, onProgress, signal) =>
    exportModel(db, id, kind, { guide, target, onProgress, signal, page: emptyPage }),
  ),
};

const machine: StorageApi = {
  storage: stored((db) => storageFacts(db)),
  storedAtStart: stored(async (db) => atStart ?? storedSummary(db)),
  storedNow: stored(storedSummary),
  deleteEverything: stored((db) => deleteEverything(db)),
};

const api: DataApi = {
  ...datasets,
  ...preparation,
  ...recipes,
  ...labels,
  ...evaluations,
  ...rowTable,
  ...tokenizers,
  ...runs,
  ...queue,
  ...models,
  ...modelSources,
  ...conversations,
  ...feedback,
  ...judging,
  ...checks,
  ...exporting,
  ...machine,
};

serve(api);

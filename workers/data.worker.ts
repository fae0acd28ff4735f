import type { Tokenizer } from '../src/data/tokens/tokenizer';
import { AtelierError } from '../src/base/errors/errors';
import { repoOf } from '../src/base/wire/hub';
import type { Id } from '../src/base/records/named';
import { listCheckpoints } from '../src/storage/checkpoints';
import { deleteDataset, listDatasets, rowsFrom, renameDataset, restoreDataset } from '../src/storage/datasets';
import { openStorage } from '../src/storage/open';
import type { AtelierDb } from '../src/storage/db';
import { forgetDownloads } from '../src/storage/downloads';
import { deleteEverything } from '../src/storage/deleteAll';
import { deleteModel, listModels, renameModel, restoreModel } from '../src/storage/models';
import { storageFacts } from '../src/storage/quota';
import { deleteRun, listRuns, readHistory, renameRun, restoreRun } from '../src/storage/runs';
import { sweepAtStart } from '../src/storage/sweep';
import { deleteTalk, keepTalk, listTalks, restoreTalk } from '../src/storage/talks';
import { deleteTokenizer, listTokenizers, renameTokenizer, restoreTokenizer } from '../src/storage/tokenizers';
import { exportChoices, exportModel } from '../src/studio/export/exportModel';
import { importFile, importStarter, importText } from '../src/studio/data/importData';
import { openHubModel } from '../src/studio/models/hubImport';
import { firstBatch } from '../src/studio/data/firstBatch';
import { adapterFolderOf, folderOf } from '../src/studio/models/modelFolder';
import { keepAdapter } from '../src/studio/models/openAdapter';
import { keepModel } from '../src/studio/models/openModel';
import { listOwnModels, openOwnModel } from '../src/studio/models/ownModels';
import { preflight, rowLengths } from '../src/studio/data/preflight';
import { prepare } from '../src/studio/data/prepare';
import { promptRoom, chatModelFacts } from '../src/studio/chat/speakerFacts';
import { loadTokenizer, tokensOf, vocabularyPage } from '../src/studio/models/tokenizers';
import { importTokenizer, trainTokenizer } from '../src/studio/data/trainTokenizer';
import { defaultsOfTuning } from '../src/studio/train/tuningDefaults';
import type { DataApi } from './data.api';
import type { HubApi } from './hub.api';
import { serve, wrap } from './wire';

/** Thin: opens the storage, brings it in order, and answers the page. */
const storage = openStorage().then(async (db) => {
  await sweepAtStart(db).catch(() => undefined); // what could not be swept harms nobody, and the next start tries again
  return db;
});
storage.catch(() => undefined); // every call reports it

/** Beside the folder of the worker's script, in the built studio as in development. */
const ORIGIN = new URL('../', self.location.href);
const STARTER = new URL('starter/atelier-starter.txt', ORIGIN);

/** The tokenizer that was looked at last: building one takes longer than using it. */
let shown: { id: Id; tokenizer: Tokenizer } | undefined;
async function tokenizerOf(db: AtelierDb, id: Id): Promise<Tokenizer> {
  if (shown?.id !== id) shown = { id, tokenizer: await loadTokenizer(db, id) };
  return shown.tokenizer;
}

let hub: ReturnType<typeof wrap<HubApi>> | undefined;
function connectedHub(): NonNullable<typeof hub> {
  if (!hub) throw new Error('the page connects the hub first');
  return hub;
}

const api: DataApi = {
  importFile: async (file, onProgress, signal) => importFile(await storage, file, { onProgress, signal }),
  importText: async (name, text, onProgress, signal) => importText(await storage, name, text, { onProgress, signal }),
  importStarter: async (onProgress, signal) => importStarter(await storage, STARTER, { onProgress, signal }),
  listDatasets: async () => listDatasets(await storage),
  rows: async (id, from, count) => rowsFrom(await storage, id, from, count),
  renameDataset: async (id, name) => renameDataset(await storage, id, name),
  deleteDataset: async (id) => deleteDataset(await storage, id),
  restoreDataset: async (id) => restoreDataset(await storage, id),

  trainTokenizer: async (request, onProgress, signal) => trainTokenizer(await storage, request, onProgress, signal),
  importTokenizer: async (file) => importTokenizer(await storage, file),
  listTokenizers: async () => listTokenizers(await storage),
  renameTokenizer: async (id, name) => renameTokenizer(await storage, id, name),
  deleteTokenizer: async (id) => deleteTokenizer(await storage, id),
  restoreTokenizer: async (id) => restoreTokenizer(await storage, id),
  tokenize: async (id, text) => tokensOf(await tokenizerOf(await storage, id), text),
  vocabulary: async (id, query, from, count) =>
    vocabularyPage(await tokenizerOf(await storage, id), query, from, count),

  preflight: async (request, onProgress, signal) => preflight(await storage, request, onProgress, signal),
  rowLengths: async (request) => rowLengths(await storage, request),
  tuningDefaults: (request) => Promise.resolve(defaultsOfTuning(request)),
  firstBatch: async (request) => firstBatch(await storage, request),
  prepare: async (request, onProgress, signal) => prepare(await storage, request, onProgress, signal),

  listRuns: async () => listRuns(await storage),
  listCheckpoints: async (runId) => listCheckpoints(await storage, runId),
  history: async (runId) => readHistory(await storage, runId),
  renameRun: async (id, name) => renameRun(await storage, id, name),
  deleteRun: async (id) => deleteRun(await storage, id),
  restoreRun: async (id) => restoreRun(await storage, id),

  exportChoices: async (id) => exportChoices(await storage, id),
  exportModel: async (id, kind, target, onProgress, signal) =>
    exportModel(await storage, id, kind, { target, onProgress, signal }),
  openModel: async (files, onProgress, signal) =>
    keepModel(await storage, await folderOf(files), { onProgress, signal }),
  openAdapter: async (baseId, files, onProgress, signal) =>
    keepAdapter(await storage, baseId, await adapterFolderOf(files), { onProgress, signal }),
  ownModels: () => listOwnModels(ORIGIN),
  openOwnModel: async (name, onProgress, signal) => openOwnModel(await storage, ORIGIN, name, { onProgress, signal }),
  openHubModel: async (model, onProgress, signal) =>
    openHubModel(await storage, connectedHub(), model, { onProgress, signal }),
  listModels: async () => listModels(await storage),
  renameModel: async (id, name) => renameModel(await storage, id, name),
  deleteModel: async (id) => deleteModel(await storage, id),
  restoreModel: async (id) => restoreModel(await storage, id),

  connectHub: async (port) => void (hub = wrap<HubApi>(port)),
  hubModel: async (address, name) => {
    const repo = repoOf(name);
    if (!repo) throw new AtelierError('hub-name', { text: name });
    return connectedHub().describe(address, repo);
  },

  speaker: async (id) => chatModelFacts(await storage, id),
  promptRoom: async (id, messages, maxTokens) => promptRoom(await storage, id, messages, maxTokens),
  listTalks: async () => listTalks(await storage),
  keepTalk: async (talk) => keepTalk(await storage, talk),
  deleteTalk: async (id) => deleteTalk(await storage, id),
  restoreTalk: async (id) => restoreTalk(await storage, id),

  forgetDownloads: async () => forgetDownloads(await storage),

  storage: async () => storageFacts(await storage),
  deleteEverything: async () => deleteEverything(await storage),
};

serve(api);

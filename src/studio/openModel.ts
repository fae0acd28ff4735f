import { fromBlob, type AsyncBuffer } from '../base/asyncBuffer';
import { sizeOf } from '../base/dtype';
import { AtelierError, throwIfCancelled } from '../base/errors/errors';
import type { OnProgress } from '../base/events';
import type { ModelConfig } from '../base/modelConfig';
import type { Id, RunRecord } from '../base/records';
import { END_TOKEN, type TokenizerModel } from '../base/tokenizerModel';
import { readHfConfig } from '../formats/hfConfig';
import { parameterParts } from '../formats/modelTensors';
import { INDEX_FILE, readShardIndex, readShards, WHOLE_FILE, type PlacedTensor } from '../formats/shards';
import { matchTensors, tensorPlan, type Plan } from '../formats/tensorNames';
import { endTokenOf, readTokenizerJson, writeTokenizerJson } from '../formats/tokenizerJson';
import { listZip } from '../formats/zip';
import type { TensorSource } from '../storage/checkpointChunks';
import { saveCheckpoint, type SaveOptions } from '../storage/checkpoints';
import type { AtelierDb } from '../storage/db';
import { addTokenizer, listTokenizers } from '../storage/tokenizers';
import { write } from '../storage/write';

/** A file of a model, in a folder or in a zip. */
interface Part {
  path: string;
  byteLength: number;
  open(signal?: AbortSignal): Promise<AsyncBuffer>;
}

/** The files of one model by their names, and what errors call them together. */
interface Folder {
  source: string;
  parts: ReadonlyMap<string, Part>;
}

/** Bytes of a JSON file that is read whole; the largest published tokenizer.json has about 35 MB. */
const LARGEST_JSON = 64 * 1024 * 1024;

/**
 * A model of one of the families that we run, from a zip or from the files of a folder, as this studio or transformers wrote them: becomes a run with
 * one checkpoint (weights alone, as f32). Run and checkpoint come to be together or not at all. Errors: model-file-missing,
 * vocabulary-mismatch, those of the formats, of storage, cancelled.
 */
export async function importModel(
  db: AtelierDb,
  files: readonly File[],
  onProgress?: OnProgress,
  signal?: AbortSignal,
  options: SaveOptions = {},
): Promise<RunRecord> {
  const folder = await folderOf(files);
  const { model, endTokenIds } = readHfConfig(await textOf(folder, 'config.json'), 'config.json');
  const tokenizer = await tokenizerOf(folder, endTokenIds);
  if (tokenizer.vocab.length > model.vocabSize) {
    throw new AtelierError('vocabulary-mismatch', { tokens: tokenizer.vocab.length, rows: model.vocabSize });
  }
  const tensors = await tensorsOf(folder, model, signal);
  const sources = tensorPlan(model).map((plan) => sourceOf(plan, tensors, signal));
  const kept = await keepTokenizer(db, folder.source, tokenizer);
  try {
    return await keepRun(db, folder.source, model, kept.id, sources, { onProgress, ...options });
  } catch (thrown) {
    if (kept.isNew) await write(db, ['tokenizers'], (tx) => tx.objectStore('tokenizers').delete(kept.id));
    throw thrown;
  }
}

async function folderOf(files: readonly File[]): Promise<Folder> {
  const [first] = files;
  if (!first) throw new AtelierError('model-file-missing', { source: '–', file: 'config.json' });
  if (files.length === 1 && /\.zip$/i.test(first.name)) {
    const parts = await listZip(fromBlob(first), first.name);
    return shallowest(first.name.replace(/\.zip$/i, ''), parts);
  }
  const parts = files.map((file) => ({
    path: file.webkitRelativePath || file.name,
    byteLength: file.size,
    open: () => Promise.resolve(fromBlob(file)),
  }));
  const folder = parts[0]!.path.includes('/') ? parts[0]!.path.split('/')[0]! : first.name;
  return shallowest(folder, parts);
}

/** The files beside the config.json that lies least deep: archives often hold one folder around everything. */
function shallowest(source: string, parts: readonly Part[]): Folder {
  const folderName = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);
  const depth = (path: string): number => path.split('/').length;
  const configs = parts.filter((p) => p.path === `${folderName(p.path)}config.json`);
  const [config] = configs.sort((a, b) => depth(a.path) - depth(b.path));
  if (!config) throw new AtelierError('model-file-missing', { source, file: 'config.json' });
  const base = folderName(config.path);
  const beside = parts.filter((p) => folderName(p.path) === base);
  return { source, parts: new Map(beside.map((p) => [p.path.slice(base.length), p])) };
}

function partOf({ source, parts }: Folder, file: string): Part {
  const part = parts.get(file);
  if (!part) throw new AtelierError('model-file-missing', { source, file });
  return part;
}

async function textOf(folder: Folder, file: string): Promise<string> {
  const part = partOf(folder, file);
  if (part.byteLength > LARGEST_JSON) {
    throw new AtelierError('json-large', { file, size: part.byteLength, limit: LARGEST_JSON });
  }
  const buffer = await part.open();
  return new TextDecoder().decode(await buffer.slice(0, buffer.byteLength));
}

/** The end token as the model's configuration says, else the tokenizer's, else the one of this studio. */
async function tokenizerOf(folder: Folder, endTokenIds: readonly number[]): Promise<TokenizerModel> {
  const named = folder.parts.has('tokenizer_config.json')
    ? endTokenOf(await textOf(folder, 'tokenizer_config.json'), 'tokenizer_config.json')
    : undefined;
  const json = await textOf(folder, 'tokenizer.json');
  return readTokenizerJson(json, 'tokenizer.json', endTokenIds[0] ?? named ?? END_TOKEN);
}

/**
 * All tensors by name: of model.safetensors, or of the parts that the index beside it names. Errors: model-file-missing,
 * safetensors-*, tensor-*.
 */
async function tensorsOf(
  folder: Folder,
  model: ModelConfig,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, PlacedTensor>> {
  const open = (file: string): Promise<AsyncBuffer> => partOf(folder, file).open(signal);
  const whole = folder.parts.has(WHOLE_FILE) || !folder.parts.has(INDEX_FILE);
  const index = whole ? undefined : readShardIndex(await textOf(folder, INDEX_FILE), INDEX_FILE);
  const files = index ? [...new Set(index.values())] : [WHOLE_FILE];
  return matchTensors(model, await readShards(files, open, index), index ? INDEX_FILE : WHOLE_FILE);
}

/** One of our parameters, read from the tensors of the file that are its rows. */
function sourceOf(plan: Plan, tensors: ReadonlyMap<string, PlacedTensor>, signal?: AbortSignal): TensorSource {
  const { name, shape } = plan.parameter;
  return {
    spec: { name, shape, dtype: 'F32', role: 'weight' },
    read: async () => {
      const values = new Float32Array(sizeOf(shape));
      let at = 0;
      for await (const part of parameterParts(plan, tensors)) {
        throwIfCancelled(signal);
        values.set(part, at);
        at += part.length;
      }
      return new Uint8Array(values.buffer);
    },
  };
}

/** The same tokenizer, when it is here already; a model that comes back finds its own. */
async function keepTokenizer(db: AtelierDb, name: string, model: TokenizerModel): Promise<{ id: Id; isNew: boolean }> {
  const json = writeTokenizerJson(model);
  const { kind, endId } = model;
  const here = (await listTokenizers(db)).find((t) => t.json === json && t.endId === endId);
  if (here) return { id: here.id, isNew: false };
  const record = { name, kind, endId, json, vocabSize: model.vocab.length, bytesPerToken: 0 };
  return { id: (await addTokenizer(db, record)).id, isNew: true };
}

async function keepRun(
  db: AtelierDb,
  source: string,
  model: ModelConfig,
  tokenizerId: Id,
  weights: TensorSource[],
  options: SaveOptions,
): Promise<RunRecord> {
  const createdAt = Date.now();
  const progress = { step: 0, totalSteps: 0, tokens: 0 };
  const run: RunRecord = {
    id: crypto.randomUUID(),
    name: source,
    createdAt,
    updatedAt: createdAt,
    status: 'imported',
    origin: { kind: 'imported', source },
    model,
    tokenizerId,
    datasetNames: [],
    ...progress,
  };
  const draft = {
    runId: run.id,
    reason: 'imported' as const,
    best: false,
    model,
    tokenizerId,
    cursor: 0,
    randomStates: {},
    kernelVariants: {},
    adapter: '',
    ...progress,
  };
  await saveCheckpoint(db, draft, weights, { run: { create: run } }, options);
  return run;
}

// The evaluation itself: what is still to be measured, block by block, each stored as soon as it is there, so that a
// cancel, a reload or a lost device costs no more than a block. What is measured of a row is measureRows.ts.
import { AtelierError, throwIfCancelled } from '../../base/errors/errors';
import {
  EVALUATION_PARTS,
  type EvaluatedModel,
  type EvaluatedRow,
  type EvaluationChunk,
  type EvaluationPart,
  type EvaluationRecord,
  type RowResult,
} from '../../base/records/evaluation';
import type { Id } from '../../base/records/named';
import type { EvaluationProgress, EvaluationRequest } from '../../base/wire/evaluation';
import { callFormatOf } from '../../data/chat/callFormats';
import { templateFor } from '../../data/chat/defaultTemplates';
import type { AtelierDb } from '../../storage/db';
import { addEvaluation, addEvaluationChunk, evaluationChunks, getEvaluation } from '../../storage/evaluations';
import type { LoadedModel } from '../chat/loadedModels';
import { identityOf } from '../data/rowReader';
import { pretrainedModel } from '../models/pretrained';
import { loadTokenizer } from '../models/tokenizers';
import { openWeights } from '../models/weights';
import type { InTurn } from '../occupancy';
import { askedRows } from './askedRows';
import { measureRows } from './measureRows';
import { triedRows } from './memory/triedRows';
import { probeRows } from './probeRows';

export interface EvaluateOptions {
  inTurn: InTurn;
  /** Work with a model that is on the device, which may be another one each time. */
  withModel<T>(model: EvaluatedModel, work: (loaded: LoadedModel) => Promise<T>): Promise<T>;
  onProgress?: ((progress: EvaluationProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Stores an evaluation that has measured nothing yet, with the rows that it asks.
 * @throws evaluation-no-rows, evaluation-mixed, prepared-missing, dataset-*, checkpoint-*, storage-*, cancelled
 */
export async function beginEvaluation(
  db: AtelierDb,
  request: EvaluationRequest,
  signal?: AbortSignal,
): Promise<EvaluationRecord> {
  const { name, from, mostRows, longestAnswer, memoryRows, expected, seed } = request;
  const { models, classes } = await describedModels(db, request.models);
  const { rows, thoughts } = await askedRows(db, { from, mostRows, seed }, classes !== undefined, signal);
  const general = request.general && !classes ? probeRows(rows, rows.length) : [];
  const asked = [...rows, ...general];
  const tried = memoryRows && !classes ? await triedRows(db, request, asked.length, signal) : [];
  const all = [...asked, ...tried];
  const wanted = request.parts ?? EVALUATION_PARTS;
  const parts = EVALUATION_PARTS.filter((part) => wanted.includes(part) && [...rows, ...tried].some(TAKES[part]));
  const now = Date.now();
  const record: EvaluationRecord = {
    ...{ id: crypto.randomUUID(), name, createdAt: now, updatedAt: now, models, from, parts },
    ...{ mostRows, longestAnswer, seed, done: 0 },
    ...(classes && { classes }),
    ...(memoryRows && { memoryRows }),
    ...(expected && { expected }),
    ...(thoughts && { thoughts }),
    total: models.length * parts.reduce((sum, part) => sum + all.filter(TAKES[part]).length, 0),
  };
  await addEvaluation(db, record);
  await addEvaluationChunk(db, record.id, { kind: 'rows', rows: all }, {});
  return record;
}

/** Rows that are tried for memorised text, and for nothing else. */
const TRIED: Readonly<Record<EvaluatedRow['set'], boolean>> = {
  ...{ asked: false, general: false, trained: true, unseen: true },
};

/** Which rows a part asks. */
const TAKES: Readonly<Record<EvaluationPart, (row: EvaluatedRow) => boolean>> = {
  language: ({ set, labels, asked, answer }) =>
    !TRIED[set] && labels === undefined && (typeof asked === 'string' || answer !== undefined),
  classes: ({ labels }) => labels !== undefined,
  preference: ({ set, rejected }) => !TRIED[set] && rejected !== undefined,
  generation: ({ set, asked, answer }) => !TRIED[set] && typeof asked !== 'string' && answer !== undefined,
  memory: ({ set }) => TRIED[set],
};

async function describedModels(
  db: AtelierDb,
  asked: EvaluationRequest['models'],
): Promise<Pick<EvaluationRecord, 'models' | 'classes'>> {
  const opened = await Promise.all(asked.map(({ weightsId }) => openWeights(db, weightsId)));
  const classes = opened.map(({ model }) => model.classes);
  const names = new Set(classes.map((one) => JSON.stringify(one?.names)));
  if (names.size > 1) throw new AtelierError('evaluation-mixed');
  const models = await Promise.all(
    asked.map(async (model, i) => {
      if (model.writing === 'plain') return model;
      const tokenizer = await loadTokenizer(db, opened[i]!.tokenizerId);
      const pretrained = await pretrainedModel(db, model.weightsId);
      const template = templateFor(pretrained?.chatTemplate, tokenizer, pretrained?.templateTokens);
      const calls = callFormatOf(template);
      return { ...model, template: identityOf(template), ...(calls && { calls }) };
    }),
  );
  return { models, ...(classes[0] && { classes: classes[0] }) };
}

/** Rows of a block: an answer takes as long as the losses of many rows. */
const BLOCK: Readonly<Record<EvaluationPart, number>> = {
  language: 32,
  classes: 64,
  preference: 16,
  generation: 4,
  memory: 4,
};

/** A device that was lost so often is not tried again. */
const MOST_LOSSES = 2;

/**
 * Measures what is not measured yet; each block is stored.
 * @throws evaluation-missing, checkpoint-*, model-*, storage-*, cancelled, and what the device throws
 */
export async function evaluate(db: AtelierDb, id: Id, options: EvaluateOptions): Promise<EvaluationRecord> {
  for (let lost = 0; ;) {
    try {
      await measureAll(db, id, options);
      return await getEvaluation(db, id);
    } catch (thrown) {
      const isLost = thrown instanceof AtelierError && thrown.code === 'device-lost';
      if (!isLost || ++lost > MOST_LOSSES) throw thrown; // the next device goes on with what is stored
    }
  }
}

async function measureAll(db: AtelierDb, id: Id, options: EvaluateOptions): Promise<void> {
  const record = await getEvaluation(db, id);
  const state = stateOf(record, await evaluationChunks(db, id));
  const together = await shareWeights(db, record.models);
  for (const part of record.parts) {
    const rows = state.rows.map((row, at) => ({ row, at })).filter(({ row }) => TAKES[part](row));
    const size = together ? BLOCK[part] : rows.length;
    for (let from = 0; from < rows.length; from += size)
      for (const model of record.models.keys())
        await measureBlock(db, state, { part, model, rows: rows.slice(from, from + size), of: rows.length }, options);
  }
}

interface State {
  record: EvaluationRecord;
  rows: EvaluatedRow[];
  /** What is stored: model, part and row. */
  known: Set<string>;
  doneOf: Record<EvaluationPart, number>;
}

const keyOfResult = (model: number, part: EvaluationPart, row: number): string => `${model} ${part} ${row}`;

function stateOf(record: EvaluationRecord, chunks: readonly EvaluationChunk[]): State {
  const rows = chunks.flatMap((chunk) => (chunk.kind === 'rows' ? chunk.rows : []));
  const known = new Set<string>();
  const doneOf = { language: 0, generation: 0, classes: 0, preference: 0, memory: 0 };
  for (const chunk of chunks) {
    if (chunk.kind === 'rows') continue;
    doneOf[chunk.part] += chunk.results.length;
    for (const { row } of chunk.results) known.add(keyOfResult(chunk.model, chunk.part, row));
  }
  return { record, rows, known, doneOf };
}

/** Models of one base take turns block by block; others are loaded once each. */
async function shareWeights(db: AtelierDb, models: readonly EvaluatedModel[]): Promise<boolean> {
  const bases = await Promise.all(
    models.map(async ({ weightsId }) => {
      const { base, adapter } = await openWeights(db, weightsId);
      return `${base?.id ?? weightsId} ${adapter?.lora.precision ?? ''}`;
    }),
  );
  return new Set(bases).size === 1;
}

interface Block {
  part: EvaluationPart;
  model: number;
  rows: readonly { row: EvaluatedRow; at: number }[];
  /** Rows of the part. */
  of: number;
}

async function measureBlock(
  db: AtelierDb,
  state: State,
  { part, model, rows, of }: Block,
  options: EvaluateOptions,
): Promise<void> {
  const left = rows.filter(({ at }) => !state.known.has(keyOfResult(model, part, at)));
  if (!left.length) return;
  throwIfCancelled(options.signal);
  const { record } = state;
  const { inTurn, signal } = options;
  await options.withModel(record.models[model]!, async (loaded) => {
    for (let from = 0; from < left.length; from += BLOCK[part]) {
      throwIfCancelled(signal);
      const asked = left.slice(from, from + BLOCK[part]);
      const measuring = { record, model: record.models[model]!, loaded, inTurn, signal };
      await keepResults(db, state, { part, model, of }, await measureRows(part, measuring, asked), options);
    }
  });
}

async function keepResults(
  db: AtelierDb,
  { record, known, doneOf }: State,
  { part, model, of }: Omit<Block, 'rows'>,
  results: RowResult[],
  { onProgress }: EvaluateOptions,
): Promise<void> {
  for (const { row } of results) known.add(keyOfResult(model, part, row));
  doneOf[part] += results.length;
  await addEvaluationChunk(db, record.id, { kind: 'results', model, part, results }, { done: known.size });
  const total = of * record.models.length;
  onProgress?.({ part, done: doneOf[part], total, allDone: known.size, allTotal: record.total });
}

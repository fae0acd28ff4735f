// A whole run as a zip for another trainer: data, base, adapter and ready configurations (formats/trainers).
import type { TrainSettings } from '../../../base/settings/trainSettings';
import { AtelierError } from '../../../base/errors/errors';
import type { OnProgress } from '../../../base/wire/events';
import { architectureOf } from '../../../base/modelShape';
import type { CheckpointManifest } from '../../../base/records/checkpoint';
import type { Id } from '../../../base/records/named';
import type { PreparedRecord } from '../../../base/records/prepared';
import type { RunRecord } from '../../../base/records/run';
import {
  publishedLine,
  publishedMessage,
  type Conversation,
  type Message,
  type PreferencePair,
} from '../../../base/conversation';
import { isPaired } from '../../../base/settings/tuneSettings';
import { withoutThoughts } from '../../../base/thoughts';
import { judgedIn } from '../../../data/chat/gradedRow';
import { rateAt, warmupSteps } from '../../../engine/training/optim/schedules';
import { axolotlFiles } from '../../../formats/trainers/axolotl';
import { JOB_FILES, type TrainerJob } from '../../../formats/trainers/job';
import { llamaFactoryFiles } from '../../../formats/trainers/llamaFactory';
import { mlxFiles } from '../../../formats/trainers/mlx';
import { readmeFile, type ReadmeFacts } from '../../../formats/trainers/readme';
import { trlFiles } from '../../../formats/trainers/trl';
import type { ZipItem } from '../../../formats/zip';
import type { AtelierDb } from '../../../storage/db';
import { getPrepared } from '../../../storage/prepared';
import { adapterItems, mlxAdapterItem } from '../exportAdapter';
import type { ExportCase } from '../exportCase';
import { modelItems, textItem } from '../exportFiles';
import { zipFileName } from '../exportName';
import { openExport, type ExportOrigin, type ExportSource } from '../exportSource';
import { windowLines } from './jobWindows';
import type { NumberedRow } from '../../data/readRows';
import { conversationsIn, rowReader } from '../../data/rowReader';
import { planSides, type Placing, type RowSides } from '../../data/rowSides';
import { openTrainingData } from '../../data/trainingData';
import { loadTokenizer } from '../../models/tokenizers';

export const runJob: ExportCase = {
  lacks: (origin) => {
    const { name } = origin;
    const run = resumable(origin);
    if (!run) return new AtelierError('job-no-run', { name });
    return run.manifest.tensors.some(({ role }) => role === 'reference')
      ? new AtelierError('job-own-reference', { name })
      : undefined;
  },
  fileName: (origin) => zipFileName(origin, 'job'),
  content: (source, { db, onProgress }) => ({ zip: jobItems(db, source, onProgress) }),
};

/** What a run needs so that another trainer can resume it; undefined where something of it is unknown. */
interface Resumable {
  run: RunRecord;
  manifest: CheckpointManifest;
  settings: TrainSettings;
  preparedId: Id;
}

function resumable({ run, weights }: ExportOrigin): Resumable | undefined {
  const manifest = weights.checkpoint?.manifest;
  const { settings, preparedId } = manifest ?? {};
  return run && manifest && settings && preparedId !== undefined ? { run, manifest, settings, preparedId } : undefined;
}

/** What is left of a run; of one that has ended, as many steps again. */
interface Rest extends Pick<Resumable, 'run' | 'settings'> {
  prepared: PreparedRecord;
  /** The next window that the run reads. */
  cursor: number;
  totalSteps: number;
  steps: number;
  /** The step of the schedule at which it resumes. */
  startStep: number;
}

/**
 * Rows and windows are read twice, once to count their bytes and once to write them, so that memory holds only parts of
 * them.
 * @throws prepared-missing, dataset-missing, those of the parts
 */
async function* jobItems(db: AtelierDb, source: ExportSource, onProgress?: OnProgress): AsyncGenerator<ZipItem> {
  const rest = await restOf(db, source);
  const { windows: all } = await openTrainingData(db, rest.prepared, rest.settings, rest.run.mix);
  const windows = windowsLeft(rest, all.count);
  const job = trainerJob(source, rest);
  const others = job.thumbs ? [] : [...axolotlFiles(job), ...llamaFactoryFiles(job), ...mlxFiles(job)];
  for (const { path, text } of [...trlFiles(job), ...others]) yield textItem(path, text);
  if (job.template) yield textItem(JOB_FILES.template, source.chatTemplate!);
  const unlike = { weighted: 0, longPairs: 0 };
  yield* dataItems(db, source, rest.prepared, unlike, onProgress);
  const readme = readmeFile(job, { ...readmeFacts(source, rest, windows), unlike });
  yield textItem(readme.path, readme.text);
  yield await countedItem(JOB_FILES.windows, () => windowLines(all, rest.cursor, windows, rest.settings));
  const { adapter } = source.weights;
  if (adapter) yield* adapterItems(source, adapter, `${JOB_FILES.adapter}/`);
  if (adapter && !job.preference && !job.thumbs) yield mlxAdapterItem(source, adapter, JOB_FILES.mlxAdapter);
  if (job.baseModel !== JOB_FILES.base) return;
  // F32: rounding the weights to the number format of the published model would lose what training added
  const whole: ExportSource = adapter ? await untunedBase(db, source) : { ...source, dtype: 'F32' };
  for (const item of modelItems(whole, onProgress)) yield { ...item, path: `${JOB_FILES.base}/${item.path}` };
}

/** The base of an adapter, with the chat template and end tokens of the adapter: trainers read them from its folder. */
async function untunedBase(db: AtelierDb, { weights, ids, chatTemplate }: ExportSource): Promise<ExportSource> {
  const base = await openExport(db, weights.base!.id);
  return { ...base, ids, ...(chatTemplate !== undefined && { chatTemplate }) };
}

/** A classifier is refused before: `exportCases.ts`. */
const DATASETS: Record<TrainSettings['task'], TrainerJob['dataset']> = {
  ...{ text: 'text', chat: 'messages', dpo: 'pairs', orpo: 'pairs', kto: 'thumbs', classify: 'text' },
};

function trainerJob(source: ExportSource, { run, settings, prepared, steps, startStep, totalSteps }: Rest): TrainerJob {
  const { task } = settings;
  const { repository, hub } = source;
  const base = run.lora && repository !== undefined ? { baseModel: repository, revision: hub?.revision } : undefined;
  return {
    ...(base ?? { baseModel: JOB_FILES.base }),
    family: architectureOf(run.model).family,
    dataset: DATASETS[task],
    ...(isPaired(task) && { preference: { kind: task, beta: settings.preferenceBeta } }),
    ...(task === 'kto' && {
      thumbs: { beta: settings.preferenceBeta, good: settings.goodWeight, bad: settings.badWeight },
    }),
    validation: prepared.validationRows > 0,
    template: task !== 'text' && source.chatTemplate !== undefined,
    ...(task !== 'text' && source.givenTemplate && { givenTemplate: true }),
    ...(run.lora && { lora: run.lora }),
    optimizer: { ...settings, kind: settings.optimizer },
    schedule: {
      kind: settings.schedule,
      rate: settings.learningRate,
      warmupSteps: warmupSteps(settings, totalSteps),
      totalSteps,
      finalShare: settings.finalRateShare,
      startStep,
    },
    rateNow: rateAt(settings, startStep, totalSteps),
    steps,
    batchSize: settings.batchSize,
    accumulate: settings.accumulate,
    maxLength: settings.contextLength,
    packing: task === 'chat' && settings.packing,
    seed: settings.seed,
  };
}

const readmeFacts = (
  { root, hub }: ExportSource,
  { run, prepared, settings }: Rest,
  windows: number,
): Omit<ReadmeFacts, 'unlike'> => ({
  name: run.name,
  datasetNames: run.datasetNames,
  ...(root && { base: { ...root, hub } }),
  ...(run.lora && run.lora.precision !== 'f32' && { frozen: run.lora.precision }),
  rows: { train: prepared.trainRows, validation: prepared.validationRows },
  windows,
  ...(settings.stopAfterChecks > 0 && prepared.validationRows > 0 && { stopsEarly: true as const }),
  ...(prepared.thoughts === 'read' && { thoughtsRead: true as const }),
});

/** As many windows as the rest of the run reads, or one pass over them; whole steps in any case. */
function windowsLeft({ steps, settings: { accumulate, batchSize } }: Rest, perEpoch: number): number {
  const each = accumulate * batchSize;
  return Math.min(steps, Math.max(1, Math.floor(perEpoch / each))) * each;
}

async function restOf(db: AtelierDb, source: ExportSource): Promise<Rest> {
  const { run, manifest, settings, preparedId } = resumable(source)!;
  const { step, cursor, totalSteps } = manifest;
  const ended = step >= totalSteps;
  const [steps, startStep] = ended ? [totalSteps, 0] : [totalSteps - step, step];
  return { run, prepared: await getPrepared(db, preparedId), settings, cursor, totalSteps, steps, startStep };
}

/** Lines of JSON as bytes, some thousands of characters at a time. */
async function* bytesOf(lines: AsyncIterable<string> | Iterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let text = '';
  for await (const line of lines) {
    text += `${line}\n`;
    if (text.length < 65_536) continue;
    yield encoder.encode(text);
    text = '';
  }
  if (text) yield encoder.encode(text);
}

/** A file whose size is counted before it is written: a zip entry begins with its size. */
async function countedItem(path: string, lines: () => AsyncIterable<string> | Iterable<string>): Promise<ZipItem> {
  let byteLength = 0;
  for await (const part of bytesOf(lines())) byteLength += part.length;
  return { path, byteLength, bytes: bytesOf(lines()) };
}

/** The rows as they were trained on, each side in a file; `unlike` counts what other trainers lack of them. */
async function* dataItems(
  db: AtelierDb,
  source: ExportSource,
  prepared: PreparedRecord,
  unlike: ReadmeFacts['unlike'],
  onProgress?: OnProgress,
): AsyncGenerator<ZipItem> {
  const { checkpoint, tokenizerId } = source.weights;
  const request = { ...prepared, weightsId: checkpoint!.manifest.id };
  const reader = await rowReader(db, request, await loadTokenizer(db, tokenizerId));
  const total = 3 * (prepared.trainRows + prepared.validationRows);
  let done = 0;
  const rows = async function* (): AsyncGenerator<NumberedRow> {
    for await (const row of reader.rows()) {
      if (done++ % 1000 === 0) onProgress?.({ phase: 'writing', done, total, unit: 'rows' });
      yield row;
    }
  };
  const sides = await planSides(counted(rows(), prepared, unlike), reader, prepared);
  yield await countedItem(JOB_FILES.train, () => linesOf(rows(), sides, 'train', prepared));
  if (prepared.validationRows > 0)
    yield await countedItem(JOB_FILES.validation, () => linesOf(rows(), sides, 'validation', prepared));
}

async function* counted(
  rows: AsyncIterable<NumberedRow>,
  { task = 'text' }: PreparedRecord,
  unlike: ReadmeFacts['unlike'],
): AsyncGenerator<NumberedRow> {
  for await (const numbered of rows) {
    if (task === 'chat' && isWeighted(numbered.row)) unlike.weighted++;
    if (isPaired(task) && pairLine(numbered.row) === undefined) unlike.longPairs++;
    yield numbered;
  }
}

function isWeighted(row: string): boolean {
  const { messages } = JSON.parse(row) as { messages: Message[] };
  return messages.some(({ weight }) => weight !== undefined && weight !== 0 && weight !== 1);
}

async function* linesOf(
  rows: AsyncIterable<NumberedRow>,
  sides: RowSides,
  side: Placing['side'],
  { task = 'text', rowPerAnswer, thoughts }: PreparedRecord,
): AsyncGenerator<string> {
  for await (const numbered of rows) {
    if (sides.of(numbered).side !== side) continue;
    const { row } = numbered;
    const kept = (messages: Message[]): Message[] => (thoughts === 'drop' ? withoutThoughts(messages) : messages);
    const said = (of: Conversation): string => publishedLine({ ...of, messages: kept(of.messages) });
    if (task === 'chat') yield* conversationsIn(row, rowPerAnswer).map(said);
    else if (task === 'kto') yield* thumbLines(row, kept);
    else {
      const line = task === 'text' ? JSON.stringify({ text: row }) : pairLine(row, kept);
      if (line !== undefined) yield line;
    }
  }
}

/** The answers of a row as TRL's datasets of unpaired answers have them, each with its mark. */
const thumbLines = (row: string, kept: (messages: Message[]) => Message[]): string[] =>
  judgedIn(JSON.parse(row) as Conversation | PreferencePair).map(({ prompt, answer, isGood, tools }) => {
    const [asked, completion] = [prompt, answer].map((side) =>
      kept(side).map(({ weight: _, ...message }) => publishedMessage(message)),
    );
    return JSON.stringify({ prompt: asked, completion, label: isGood, tools });
  });

/**
 * A pair as the other trainers read it, each answer one message. Undefined for longer answers: they have no form for
 * them.
 */
function pairLine(row: string, kept = (messages: Message[]): Message[] => messages): string | undefined {
  const { tools, ...pair } = JSON.parse(row) as PreferencePair;
  const [prompt, chosen, rejected] = [pair.prompt, pair.chosen, pair.rejected].map((side) =>
    kept(side).map(publishedMessage),
  );
  const single = chosen?.length === 1 && rejected?.length === 1;
  return single ? JSON.stringify({ prompt, chosen: chosen[0], rejected: rejected[0], tools }) : undefined;
}

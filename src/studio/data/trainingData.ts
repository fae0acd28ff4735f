import type { TrainSettings } from '../../base/settings/trainSettings';
import { AtelierError } from '../../base/errors/errors';
import type { PreparedRecord } from '../../base/records/prepared';
import { trainBatches, validationBatches, windowsPerEpoch } from '../../data/batches/textWindows';
import { GradedWindows } from '../../data/batches/gradedWindows';
import { PairWindows } from '../../data/batches/pairWindows';
import type { AtelierDb } from '../../storage/db';
import { readGraded, readTokens } from '../../storage/prepared';
import type { MicroBatch } from '../train/train';

/** What the steps of a run read; the same cursor always gives the same batches. */
export interface TrainingData {
  /** Windows of one pass. */
  windows: number;
  /** The micro-batches of the step whose first window is `cursor`. */
  batchesAt(cursor: number): MicroBatch[];
  /** Held-out windows, always the same. */
  validation(): Iterable<MicroBatch>;
  /** The first held-out conversation up to its first graded token; absent for text. */
  question?: Uint32Array;
}

/** Throws prepared-missing, task-mismatch, text-too-short, rows-ungraded. */
export async function openTrainingData(
  db: AtelierDb,
  prepared: PreparedRecord,
  settings: TrainSettings,
): Promise<TrainingData> {
  const found = prepared.task ?? 'text';
  if (found !== settings.task) throw new AtelierError('task-mismatch', { prepared: found, asked: settings.task });
  return found === 'text' ? textData(db, prepared, settings) : gradedData(db, prepared, settings);
}

const orderOf = ({ seed, batchSize: batch, contextLength: length }: TrainSettings) => ({ seed, batch, length });

async function textData(db: AtelierDb, prepared: PreparedRecord, settings: TrainSettings): Promise<TrainingData> {
  const train = await readTokens(db, prepared, 'train');
  const held = await readTokens(db, prepared, 'validation');
  const order = orderOf(settings);
  return {
    windows: windowsPerEpoch(train.length, order.length),
    batchesAt: (cursor) => trainBatches(train, order, cursor, settings.accumulate),
    validation: () => validationBatches(held, order, settings.validationBatches),
  };
}

async function gradedData(db: AtelierDb, prepared: PreparedRecord, settings: TrainSettings): Promise<TrainingData> {
  const held = await readGraded(db, prepared, 'validation');
  const rows = await readGraded(db, prepared, 'train');
  const order = { ...orderOf(settings), packing: settings.packing };
  const pairs = settings.task !== 'chat';
  const train = pairs ? new PairWindows(rows, order) : new GradedWindows(rows, order);
  const validation = pairs ? new PairWindows(held, order) : new GradedWindows(held, order);
  if (!train.count) throw new AtelierError('rows-ungraded', { rows: prepared.trainRows, context: order.length });
  const asked = held.weights.findIndex((weight) => weight > 0);
  return {
    windows: train.count,
    batchesAt: (cursor) => train.trainBatches(cursor, settings.accumulate),
    validation: () => validation.validationBatches(settings.validationBatches),
    question: Uint32Array.from(held.ids.subarray(0, Math.min(asked, held.offsets[1]!))),
  };
}

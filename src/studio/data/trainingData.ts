/** Opens the prepared tokens of a run as windows: chooses the kind of windows that its task needs, and cuts none. */
import type { Windows } from '../../base/batch';
import type { TrainSettings } from '../../base/settings/trainSettings';
import { isUsableWeight } from '../../base/conversation';
import { AtelierError } from '../../base/errors/errors';
import type { PreparedRecord } from '../../base/records/prepared';
import { isPaired } from '../../base/settings/tuneSettings';
import type { GradedRows } from '../../data/batches/gradedRows';
import { gradedWindows } from '../../data/batches/gradedWindows';
import { pairWindows } from '../../data/batches/pairWindows';
import { textWindows } from '../../data/batches/textWindows';
import type { AtelierDb } from '../../storage/db';
import { readGraded, readTokens } from '../../storage/prepared';

/** What the steps of a run read. */
export interface TrainingData {
  windows: Windows;
  /** A conversation up to its first graded token, held out if one is; absent for text, and where none has an answer. */
  question?: Uint32Array;
}

/** @throws prepared-missing, task-mismatch, text-too-short, rows-ungraded */
export async function openTrainingData(
  db: AtelierDb,
  prepared: PreparedRecord,
  settings: TrainSettings,
): Promise<TrainingData> {
  const { task = 'text' } = prepared;
  if (task !== settings.task) throw new AtelierError('task-mismatch', { prepared: task, asked: settings.task });
  const order = orderOf(settings);
  if (task === 'text') {
    const [train, held] = [await readTokens(db, prepared, 'train'), await readTokens(db, prepared, 'validation')];
    return { windows: textWindows(train, held, order) };
  }
  const [train, held] = [await readGraded(db, prepared, 'train'), await readGraded(db, prepared, 'validation')];
  // made before weights had a range: made again, they name the message
  if (![train, held].every(({ weights }) => weights.every(isUsableWeight))) throw new AtelierError('prepared-missing');
  const windows = isPaired(task) ? pairWindows(train, held, order) : gradedWindows(train, held, order);
  const question = questionIn(held) ?? questionIn(train);
  return { windows, ...(question && { question }) };
}

const orderOf = ({ seed, batchSize, contextLength, accumulate, validationBatches, packing }: TrainSettings) => ({
  ...{ seed, accumulate, validationBatches, packing },
  batch: batchSize,
  length: contextLength,
});

/** The tokens of a row before its first graded one, of the first row that has some. */
function questionIn({ ids, weights, offsets }: GradedRows): Uint32Array | undefined {
  for (let row = 0; row + 1 < offsets.length; row++) {
    const [start, end] = [offsets[row]!, offsets[row + 1]!];
    const asked = weights.subarray(start, end).findIndex((weight) => weight > 0);
    if (asked > 0) return Uint32Array.from(ids.subarray(start, start + asked));
  }
  return undefined;
}

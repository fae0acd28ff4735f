/** Opens the prepared tokens of a run as windows: chooses the kind of windows that its task needs, and cuts none. */
import type { Batch, TokenBatch, Windows } from '../../base/batch';
import { hasEffect } from '../../base/settings/conditions';
import type { TrainSettings } from '../../base/settings/trainSettings';
import { isUsableWeight } from '../../base/conversation';
import { AtelierError } from '../../base/errors/errors';
import type { MixedText } from '../../base/records/mix';
import type { PreparedRecord, Task } from '../../base/records/prepared';
import { balancedClasses, classWindows, type ClassWeights } from '../../data/batches/classRows';
import { GoldfishWindows, isGoldfish } from '../../data/batches/goldfish';
import type { GradedRows } from '../../data/batches/gradedRows';
import { gradedWindows, type GradedOrder } from '../../data/batches/gradedWindows';
import type { OrderedWindows } from '../../data/batches/orderedWindows';
import { pairWindows } from '../../data/batches/pairWindows';
import { thumbWindows } from '../../data/batches/thumbWindows';
import { textWindows } from '../../data/batches/textWindows';
import type { AtelierDb } from '../../storage/db';
import { readGraded, readTokens } from '../../storage/prepared';
import { mixedData, type StreamRange } from './mixedData';

/** What the steps of a run read. */
export interface TrainingData {
  windows: Windows;
  /** A conversation up to its first graded token, held out if one is; absent for text, and where none has an answer. */
  question?: Uint32Array;
  /** Of several classes to a text: how much each counts where it is there; absent: 1. */
  positives?: ClassWeights;
}

/**
 * @param mix texts with a share of the tokens, the last of the datasets that were prepared
 * @throws prepared-missing, task-mismatch, text-too-short, rows-ungraded, rows-unlabelled, mix-of-thumbs, mix-shares,
 *   mix-text-too-short
 */
export async function openTrainingData(
  db: AtelierDb,
  prepared: PreparedRecord,
  settings: TrainSettings,
  mix: readonly MixedText[] = [],
): Promise<TrainingData> {
  const { task = 'text' } = prepared;
  if (task === 'kto' && mix.length > 0) throw new AtelierError('mix-of-thumbs');
  if (task !== settings.task) throw new AtelierError('task-mismatch', { prepared: task, asked: settings.task });
  const order = orderOf(settings);
  if (task === 'text') {
    const [train, held] = [await readTokens(db, prepared, 'train'), await readTokens(db, prepared, 'validation')];
    if (!mix.length) return { windows: protectedBy(settings, textWindows(train, held, order)) };
    const cut = (t: StreamRange, h: StreamRange, ordered: GradedOrder): OrderedWindows<TokenBatch> =>
      textWindows(train.subarray(...t.tokens), held.subarray(...h.tokens), ordered);
    return { windows: protectedBy(settings, await mixedData(db, prepared, mix, order, cut)) };
  }
  const [train, held] = [await readGraded(db, prepared, 'train'), await readGraded(db, prepared, 'validation')];
  // made before weights had a range: made again, they name the message
  if (![train, held].every(({ weights }) => weights.every((weight) => isUsableWeight(Math.abs(weight)))))
    throw new AtelierError('prepared-missing');
  if (task === 'classify') return classData(db, prepared, settings, mix, { train, held });
  const question = questionIn(held) ?? questionIn(train);
  const windowsOf = WINDOWS[task];
  const windows = mix.length
    ? await mixedData(db, prepared, mix, order, (t, h, ordered) =>
        windowsOf(rowsIn(train, t), rowsIn(held, h), ordered),
      )
    : windowsOf(train, held, order);
  return { windows: protectedBy(settings, windows), ...(question && { question }) };
}

/** Under goldfish masking where it is asked for and has an effect. */
const protectedBy = (settings: TrainSettings, windows: Windows): Windows =>
  isProtected(settings) ? new GoldfishWindows(windows, settings.goldfish) : windows;

/** Of next tokens alone; other losses are of whole answers. */
export const isProtected = (settings: TrainSettings): boolean =>
  hasEffect('goldfish', settings) && isGoldfish(settings.goldfish);

const WINDOWS: Readonly<
  Record<
    Exclude<Task, 'text' | 'classify'>,
    (train: GradedRows, held: GradedRows, order: GradedOrder) => OrderedWindows<Batch>
  >
> = { chat: gradedWindows, dpo: pairWindows, orpo: pairWindows, kto: thumbWindows };

/** Texts with their classes; the weights of these are counted on all training rows. */
async function classData(
  db: AtelierDb,
  prepared: PreparedRecord,
  settings: TrainSettings,
  mix: readonly MixedText[],
  { train, held }: { train: GradedRows; held: GradedRows },
): Promise<TrainingData> {
  const classes = prepared.classes!;
  const order = orderOf(settings);
  const balanced = settings.classWeights === 'balanced' ? balancedClasses(train, classes) : undefined;
  const [positives, weights] = classes.several ? [balanced] : [undefined, balanced];
  const windows = mix.length
    ? await mixedData(db, prepared, mix, order, (t, h, ordered) =>
        classWindows(rowsIn(train, t), rowsIn(held, h), ordered, weights),
      )
    : classWindows(train, held, order, weights);
  return { windows, ...(positives && { positives }) };
}

/** A stretch of rows by themselves. */
function rowsIn({ ids, weights, offsets }: GradedRows, { rows: [from, to] }: StreamRange): GradedRows {
  const [first, end] = [offsets[from]!, offsets[to]!];
  return {
    ids: ids.subarray(first, end),
    weights: weights.subarray(first, end),
    offsets: offsets.slice(from, to + 1).map((offset) => offset - first),
  };
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
    const asked = weights.subarray(start, end).findIndex((weight) => weight !== 0);
    if (asked > 0) return Uint32Array.from(ids.subarray(start, start + asked));
  }
  return undefined;
}

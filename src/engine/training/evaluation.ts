// The mean loss of a model on batches, without gradients: the validation of a run, and weights that are compared.
import * as tf from '@tensorflow/tfjs-core';
import type { Batch, TokenBatch } from '../../base/batch';
import type { ModelShape } from '../../base/modelShape';
import type { TrainSettings } from '../../base/settings/trainSettings';
import { device } from '../device/currentDevice';
import type { Model } from '../models/model';
import { modelFor } from '../models/modelFor';
import type { Weights } from '../models/weights';
import { linearCrossEntropyRows } from '../ops/loss/linearCrossEntropy';
import { objectiveOf, type Measured, type Objective } from './objective';
import { summedStats } from './summedStats';
import { answersOf, labelIndex, uploadBatch } from './tokenBatch';

export type Evaluation = Measured;

/** Waits for its turn on the device, and has it until the work has settled. */
export type EvaluationTurn = <T>(work: () => Promise<T> | T) => Promise<T>;

/** Lends the buffers of a run's steps to work that keeps none. */
export type Borrow = <T>(queue: () => T) => T;

/** Texts as they are, pairs and judged answers as windows. */
export const windowsOf = (batch: Batch): TokenBatch => ('inputs' in batch ? batch : answersOf(batch));

/** What is evaluated, and as what. */
export interface Evaluated {
  model: Model;
  shape: ModelShape;
  objective: Objective;
}

/**
 * Mean loss and accuracy; a few batches are under way at a time.
 * @param inTurn runs the queueing of one batch; other work may come between two
 */
export async function evaluated(
  what: Evaluated,
  batches: Iterable<Batch> | AsyncIterable<Batch>,
  inTurn: EvaluationTurn = async (work) => await work(),
  borrow: Borrow = (queue) => queue(),
): Promise<Evaluation> {
  const { objective } = what;
  const measured = async (batch: Batch): Promise<Float32Array> =>
    new Float32Array(await borrow(() => queued(what, windowsOf(batch))));
  // the turn ends when the batch is queued, so that the next one is queued while the device computes
  const measure = async (batch: Batch): Promise<Float32Array> =>
    (await inTurn(() => ({ numbers: measured(batch) }))).numbers;
  return objective.measured(await summedStats(batches, measure, objective.stats));
}

/** When it returns it is done with all but the staging buffer; not async, so that it throws while it borrows. */
function queued({ model, shape, objective }: Evaluated, batch: TokenBatch) {
  const buffers = uploadBatch(batch, shape);
  const stats = objective.measure(model, buffers);
  const numbers = device().read(stats);
  stats.dispose();
  buffers.dispose();
  return numbers;
}

/** What one window of a batch adds up to. */
export interface WindowLoss {
  /** Σ of the losses of its labels by their weights, in nats. */
  nats: number;
  /** Σ of those weights. */
  labels: number;
  /** Σ of the weights of the labels that were the likeliest. */
  correct: number;
  /** The loss of each label by its weight, in the order of the window's targets. */
  losses: Float32Array;
}

/**
 * The loss of each window of a batch by itself, read back at once: each is measured as a text of its own.
 * @param inTurn as of `evaluated`
 */
export async function windowLosses(model: Model, batch: TokenBatch, inTurn: EvaluationTurn): Promise<WindowLoss[]> {
  const { numbers } = await inTurn(() => ({ numbers: queuedRows(model, batch) }));
  const rows = new Float32Array(await numbers);
  const { rows: places } = labelIndex(batch, rows.length / 2);
  const windows = Array.from({ length: batch.batch }, () => ({
    nats: 0,
    labels: 0,
    correct: 0,
    losses: [] as number[],
  }));
  places.forEach((place, i) => {
    if (place < 0 || batch.targets[place]! < 0) return;
    const window = windows[Math.floor(place / batch.length)]!;
    window.nats += rows[2 * i]!;
    window.correct += rows[2 * i + 1]!;
    window.labels += batch.weights?.[place] ?? 1;
    window.losses.push(rows[2 * i]!);
  });
  return windows.map(({ losses, ...sums }) => ({ ...sums, losses: Float32Array.from(losses) }));
}

/** As `queued`, of each label by itself. */
function queuedRows(model: Model, batch: TokenBatch) {
  const buffers = uploadBatch(batch, model.shape);
  const rows = tf.tidy(() => linearCrossEntropyRows(model.states(buffers.input), model.head, buffers.labels));
  const numbers = device().read(rows);
  rows.dispose();
  buffers.dispose();
  return numbers;
}

/** Weights by themselves, evaluated as a run of such settings evaluates its own. */
export const evaluatedWeights = (
  shape: ModelShape,
  weights: Weights,
  settings: TrainSettings,
  batches: Iterable<Batch>,
  inTurn: EvaluationTurn,
): Promise<Evaluation> =>
  evaluated({ model: modelFor(shape, weights), shape, objective: objectiveOf(settings, { shape }) }, batches, inTurn);

// The mean loss of a model on batches, without gradients: the validation of a run, and weights that are compared.
import type { Batch, TokenBatch } from '../../base/batch';
import type { ModelShape } from '../../base/modelShape';
import type { TrainSettings } from '../../base/settings/trainSettings';
import { device } from '../device/currentDevice';
import type { Model } from '../models/model';
import { modelFor } from '../models/modelFor';
import type { Weights } from '../models/weights';
import { sumsOfText } from '../ops/loss/crossEntropy';
import { likelihoodOf, objectiveOf, type Measured, type Objective } from './objective';
import { summedStats } from './summedStats';
import { answersOf, uploadBatch } from './tokenBatch';

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
}

/**
 * The loss of each window of a batch by itself, read back at once: each is measured as a text of its own.
 * @param inTurn as of `evaluated`
 */
export async function windowLosses(model: Model, batch: TokenBatch, inTurn: EvaluationTurn): Promise<WindowLoss[]> {
  const origins = { of: Int32Array.from({ length: batch.batch }, (_, window) => window), count: batch.batch };
  const what = { model, shape: model.shape, objective: likelihoodOf(batch.batch) };
  const { numbers } = await inTurn(() => ({ numbers: queued(what, { ...batch, origins }) }));
  const stats = new Float32Array(await numbers);
  return Array.from({ length: batch.batch }, (_, window) => {
    const [nats, labels] = sumsOfText(stats, window);
    return { nats, labels };
  });
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

// The mean loss of a model on batches, without gradients: the validation of a run, and weights that are compared.
import type { Batch, TokenBatch } from '../../base/batch';
import type { ModelShape } from '../../base/modelShape';
import type { TrainSettings } from '../../base/settings/trainSettings';
import { device } from '../device/currentDevice';
import type { Model } from '../models/model';
import { modelFor } from '../models/modelFor';
import type { Weights } from '../models/weights';
import { objectiveOf, type Measured, type Objective } from './objective';
import { summedStats } from './summedStats';
import { answersOf, uploadBatch } from './tokenBatch';

export type Evaluation = Measured;

/** Waits for its turn on the device, and has it until the work has settled. */
export type EvaluationTurn = <T>(work: () => Promise<T> | T) => Promise<T>;

/** Lends the buffers of a run's steps to work that keeps none. */
export type Borrow = <T>(queue: () => T) => T;

/** Texts as they are, pairs as windows. */
export const windowsOf = (batch: Batch): TokenBatch => ('chosen' in batch ? answersOf(batch) : batch);

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

/** Weights by themselves, evaluated as a run of such settings evaluates its own. */
export const evaluatedWeights = (
  shape: ModelShape,
  weights: Weights,
  settings: TrainSettings,
  batches: Iterable<Batch>,
  inTurn: EvaluationTurn,
): Promise<Evaluation> =>
  evaluated({ model: modelFor(shape, weights), shape, objective: objectiveOf(settings) }, batches, inTurn);

// Trainers of a LoRA adapter on frozen base weights, fresh or from a checkpoint.
import type { TrainSettings } from '../../base/settings/trainSettings';
import { AtelierError } from '../../base/errors/errors';
import { baseShapeOf, type LoraShape, type NewTokens } from '../../base/lora';
import { scoreSpecs } from '../../base/modelShape';
import type { Adaptation } from '../../base/records/model';
import type { TensorRole } from '../../base/records/checkpoint';
import type { TensorData } from '../../base/numbers/tensorData';
import { isReferenced, loraShapeOf } from '../../base/settings/tuneSettings';
import { initialAdapter, uploadAdapter, type Adapter } from '../../engine/models/adapter';
import { createTrainer, type Trainer, type TrainerOptions } from '../../engine/training/step';
import { disposeWeights, freshTensor, uploadFrozen } from '../../engine/models/weights';
import type { OpenCheckpoint } from '../../storage/checkpointReading';
import { initialTokenRows, withoutRows } from './tokenRows';
import { headTensors, type OpenWeights } from './weights';

/**
 * The adapter that a run trains: as the settings say, or, where one is tuned further, as that one is; its dropout and
 * the precision of its base are always those of the settings.
 *
 * @param added of a fresh adapter; one that is tuned further keeps its own
 * @throws lora-needs-model
 */
export function adaptationOf(settings: TrainSettings, source: OpenWeights | undefined, added?: NewTokens): Adaptation {
  if (!source?.base) throw new AtelierError('lora-needs-model');
  const { id: baseId, name: baseName, sha256: baseSha256, hub } = source.base;
  const { baseHub = hub, chatTemplate } = source.adapter?.lora ?? {};
  const shape = loraShapeOf(settings, source.model, added);
  const { rank, alpha, rankStabilized, targets, tokens } = source.adapter?.lora ?? shape;
  const lora: LoraShape = { rank, alpha, dropout: shape.dropout, rankStabilized, targets, ...(tokens && { tokens }) };
  const kept = { ...(baseHub && { baseHub }), ...(chatTemplate !== undefined && { chatTemplate }) };
  return { ...lora, baseId, baseName, baseSha256, ...kept, precision: settings.frozenPrecision };
}

/**
 * A trainer of an adapter, fresh or of the source, on frozen weights.
 * @param begins the run begins from the source, and the reference model with it; else the run goes on from there
 *
 * @throws what reading the weights throws; nothing stays on the GPU then
 */
export async function loraTrainer(
  source: OpenWeights,
  settings: TrainSettings,
  lora: Adaptation,
  options: Pick<TrainerOptions, 'recomputedBlocks' | 'origins' | 'positives'>,
  begins: boolean,
): Promise<Trainer> {
  const { model } = source;
  const read = lora.tokens ? withoutRows(source.read, lora.tokens) : source.read;
  const weights = await uploadFrozen(baseShapeOf(model, lora), lora.precision, read, true);
  try {
    const reference = isReferenced(settings.task) ? referenceTensors(source, lora, settings, begins) : undefined;
    const adapter = await uploadedAdapter(source, lora, settings.seed, reference);
    return createTrainer(model, settings, weights, { ...options, adapter });
  } catch (thrown) {
    disposeWeights(weights);
    throw thrown;
  }
}

/** The adapter of a checkpoint, or a fresh one; a classifier's head is fresh where neither it nor its base has one. */
export function uploadedAdapter(
  source: OpenWeights,
  lora: LoraShape,
  seed: number,
  reference?: AsyncIterable<TensorData>,
): Promise<Adapter> {
  return uploadAdapter(source.model, lora, adapterTensors(source, lora, seed), reference);
}

async function* adapterTensors(source: OpenWeights, lora: LoraShape, seed: number): AsyncGenerator<TensorData> {
  const { model, adapter, checkpoint } = source;
  // what comes later stands in place of what came before
  if (adapter && checkpoint) yield* scoreSpecs(model).map((spec) => freshTensor(spec, seed, model));
  else yield* initialAdapter(model, lora, seed);
  if (lora.tokens && !checkpoint) yield* await initialTokenRows(source, model, lora.tokens);
  yield* headTensors(source);
  if (adapter && checkpoint) yield* trainedTensors(checkpoint);
}

/** The trained weights of a checkpoint, or others of its tensors, as upload wants them. */
export async function* trainedTensors(source: OpenCheckpoint, role: TensorRole = 'weight'): AsyncGenerator<TensorData> {
  for await (const { spec, bytes } of source.tensors([role])) yield { ...spec, bytes };
}

/**
 * The adapter that DPO or KTO began from: that of the source, or the one that a checkpoint of the run keeps; undefined
 * where a fresh one began beside the base alone, unless the base has no rows for new tokens.
 */
function referenceTensors(
  source: OpenWeights,
  lora: LoraShape,
  { seed }: Pick<TrainSettings, 'seed'>,
  begins: boolean,
): AsyncGenerator<TensorData> | undefined {
  const { adapter, checkpoint } = source;
  if (!adapter || !checkpoint) return lora.tokens && adapterTensors(source, lora, seed);
  if (begins) return trainedTensors(checkpoint);
  const kept = checkpoint.manifest.tensors.some(({ role }) => role === 'reference');
  return kept ? trainedTensors(checkpoint, 'reference') : undefined;
}

/**
 * One training step: forward, backward, clipping and the optimizer's update, all queued on the device before anything
 * is awaited. Which steps a run makes and when it measures, the studio's loop decides (studio/train/train.ts).
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Batch, TokenBatch } from '../../base/batch';
import type { TrainSettings } from '../../base/settings/trainSettings';
import { AtelierError } from '../../base/errors/errors';
import { parameterSpecs, type ModelShape } from '../../base/modelShape';
import type { TensorRole, LossScaling } from '../../base/records/checkpoint';
import { loraSpecs } from '../../base/lora';
import { isJudged, isReferenced } from '../../base/settings/tuneSettings';
import { disposeAdapter, type Adapter } from '../models/adapter';
import { newTensor } from '../device/buffers';
import { F16Weights } from '../models/f16Weights';
import { addPairsInPlace } from '../ops/pointwise/add';
import { device, onCpu } from '../device/currentDevice';
import { globalNorm, partialCount } from '../ops/update/globalNorm';
import { STATE, statsIn } from '../ops/update/stepState';
import { FIRST_SCALING, mayShrink, newScaling, writeScaling } from '../device/lossScaling';
import type { StepNumbers } from '../device/stepNumbers';
import { isQuantized, partsOf } from '../ops/matrix/matrix';
import { modelFor } from '../models/modelFor';
import type { Model } from '../models/model';
import { evaluated, windowsOf, type Borrow, type Evaluation, type EvaluationTurn } from './evaluation';
import { objectiveOf, type Measured, type Objective } from './objective';
import { groupsOf } from './optim/groups';
import type { Optimizer, Parameter, ParameterGroup } from './optim/optimizer';
import { optimizerFor } from './optim/optimizerFor';
import { Replayed } from './replay';
import { frozenTensors, loadStateTensor, stateTensors, type StateTensor } from './stateTensors';
import { valueAndGradients } from '../autodiff/tape';
import { eachOrNone, labelRoom, uploadBatch, type BatchBuffers } from './tokenBatch';
import { disposeWeights, type Weights } from '../models/weights';

/** What a step measured; the norm is that before clipping. */
export interface StepResult extends Measured {
  gradNorm: number;
  /**
   * Gradients became too large for f16 training's scale: nothing was updated, and the next step has a smaller scale.
   */
  overflowed: boolean;
}

export interface Trainer {
  readonly model: Model;
  /** The live weights: each step changes them in place; with an adapter it changes those of the adapter. */
  readonly weights: Weights;
  /** Optimizer updates so far, skipped ones too; they correct the bias of Adam's moments. Set when a run is resumed. */
  updates: number;
  /** The loss scale of f16 training after the last step whose numbers were read; undefined in f32. */
  readonly lossScaling: LossScaling | undefined;
  /** Continues with the loss scale of a stored run; has no effect on training in f32. */
  resumeScaling(scaling: LossScaling): void;
  /**
   * Queues one optimizer step over micro-batches; gradients are normalised by the label tokens (their weights) of all
   * of them, or by their pairs or answers. All GPU work is queued before this returns, so several steps may be under
   * way; the promise settles when the step's numbers are read back.
   * @throws step-no-labels, gpu-fault, gpu-memory, gpu-lost
   */
  step(micro: readonly Batch[], rate: number): Promise<StepResult>;
  /** Captures the step of such micro-batches, without running it. Eager steps need none. */
  prepare(micro: readonly Batch[]): void;
  /**
   * Captures it and compiles its kernels, none of which runs. All but the waiting is done before this returns.
   * @param told called with the kernels that are compiled, and all of the step; never where none was missing
   */
  compile(micro: readonly Batch[], told: (done: number, total: number) => void): Promise<void>;
  /**
   * Mean loss and accuracy without touching training; a few batches are under way at a time.
   * @param inTurn runs the queueing of one batch; other work may come between two
   */
  evaluate(batches: Iterable<Batch> | AsyncIterable<Batch>, inTurn?: EvaluationTurn): Promise<Evaluation>;
  /**
   * Weights, then first moments, then second moments, each in the order of `parameterSpecs`; of the adapter alone, if
   * there is one: `loraSpecs`. Then the adapter that DPO or KTO began from.
   */
  tensors(): StateTensor[];
  /**
   * Puts a stored tensor back.
   * @throws weights-missing, weights-size
   */
  load(role: TensorRole, name: string, bytes: Uint8Array): void;
  /** Frees weights, adapter, moments and scratch. */
  dispose(): void;
}

/**
 * How steps are run: captured and replayed, or traced anew each time, which is what a replay is compared with, and what
 * the CPU always does: there is nothing to replay. Both give the same bits.
 */
export type Stepping = 'replayed' | 'eager';

export interface TrainerOptions {
  /** Default replayed. */
  stepping?: Stepping | undefined;
  /** Blocks that are computed again in the backward pass, to save memory; the bits are the same. */
  recomputedBlocks?: number;
  /** Is trained in place of the weights, which stay as they are, quantized or not. */
  adapter?: Adapter;
  /** Texts that the run mixes: each batch says which windows are of which. */
  origins?: number | undefined;
  /** Of a classifier with several classes to a text: how much each counts where it is there; absent: 1. */
  positives?: readonly number[] | undefined;
}

/**
 * Takes over `weights` and the adapter, and gives what is trained zero moments.
 * @throws RangeError for DPO and KTO without an adapter
 */
export function createTrainer(
  shape: ModelShape,
  settings: TrainSettings,
  weights: Weights,
  options: TrainerOptions = {},
): Trainer {
  return new StepTrainer(shape, settings, weights, options);
}

/**
 * The trained tensors with their specs; a matrix in parts gives each part.
 * @throws TypeError for a quantized matrix without an adapter
 */
function trainedOf(shape: ModelShape, weights: Weights, adapter: Adapter | undefined) {
  const specs = adapter ? loraSpecs(shape, adapter.lora) : parameterSpecs(shape);
  return specs.flatMap((spec) =>
    partsOf((adapter?.weights ?? weights).get(spec.name)!).map(({ matrix }) => {
      if (isQuantized(matrix)) throw new TypeError(`${spec.name} is quantized and cannot be trained`);
      return { spec, weight: matrix };
    }),
  );
}

/** Sums over the micro-batches of a step: gradients by parameter, and the objective's stats. */
interface Sums {
  gradients: Tensor[];
  stats: Tensor;
}

class StepTrainer implements Trainer {
  updates = 0;
  readonly model: Model;
  readonly #groups: ParameterGroup[];
  /** All of the groups, in the order of their specs. */
  readonly #parameters: Parameter[];
  readonly #optimizer: Optimizer;
  readonly #partials: Tensor;
  readonly #state: Tensor;
  readonly #objective: Objective;
  /** ∂loss/∂loss, where a captured step can read it. */
  readonly #one = newTensor([1]);
  readonly #numbers: StepNumbers = { lossScale: 1, rate: 0, update: 0 };
  readonly #replayed: Replayed | undefined;
  readonly #adapter: Adapter | undefined;
  /**
   * Copies in halves for f16 training. The CPU has no f16, and an adapter is small beside base weights that have a
   * precision of their own: both train in f32.
   */
  readonly #halves: F16Weights | undefined;
  /** The loss scale of f16 training. Cross-entropies alone have one: those of judged answers are not scaled. */
  readonly #scaling: Tensor | undefined;
  lossScaling: LossScaling | undefined;

  constructor(
    readonly shape: ModelShape,
    readonly settings: TrainSettings,
    readonly weights: Weights,
    { stepping = 'replayed', recomputedBlocks = 0, adapter, ...facts }: TrainerOptions,
  ) {
    if (isReferenced(settings.task) && !adapter)
      throw new RangeError(`${settings.task} compares an adapter with its base`);
    this.#adapter = adapter;
    this.#objective = objectiveOf(settings, { shape, ...facts });
    device().write(this.#one, Float32Array.of(1));
    this.#state = newTensor([this.#objective.stats + STATE.size - STATE.norm]);
    const trained = trainedOf(shape, weights, adapter);
    if (settings.precision === 'f16' && !adapter && !onCpu()) {
      this.#halves = new F16Weights(shape, weights);
      if (!isJudged(settings.task)) this.#scaling = newScaling();
      this.lossScaling = this.#scaling && FIRST_SCALING;
    }
    this.model = modelFor(shape, this.#halves?.weights ?? weights, { recomputedBlocks, adapter });
    this.#optimizer = optimizerFor(settings);
    this.#groups = groupsOf(trained, this.#optimizer);
    this.#parameters = this.#groups.flatMap(({ parameters }) => parameters);
    this.#partials = newTensor([partialCount(this.#parameters.map((p) => p.weight.size))]);
    if (stepping === 'replayed' && !onCpu()) this.#replayed = new Replayed(shape, (inputs) => this.#work(inputs));
  }

  // async, so that a refusal rejects; an async function runs at once up to its first await, which is in #result
  async step(micro: readonly Batch[], rate: number): Promise<StepResult> {
    const settled = this.#queue(micro.map(windowsOf), rate);
    const result = await this.#result();
    settled?.();
    return result;
  }

  prepare(micro: readonly Batch[]): void {
    this.#replayed?.prepare(micro.map(windowsOf));
  }

  async compile(micro: readonly Batch[], told: (done: number, total: number) => void): Promise<void> {
    await this.#replayed?.compile(micro.map(windowsOf), told);
  }

  /**
   * Everything of a step that the GPU does; nothing is awaited. The function it may return is called when the step is
   * done.
   */
  #queue(micro: readonly TokenBatch[], rate: number): (() => void) | undefined {
    const scales = this.#objective.scales(micro);
    if (!scales) throw new AtelierError('step-no-labels');
    const run = this.#replayed ? this.#replay(this.#replayed, micro) : this.#eager(micro);
    Object.assign(this.#numbers, { ...scales, rate, update: ++this.updates } satisfies StepNumbers);
    return run();
  }

  #replay(replayed: Replayed, micro: readonly TokenBatch[]): () => () => void {
    const plan = replayed.prepare(micro);
    return () => replayed.run(plan);
  }

  #eager(micro: readonly TokenBatch[]): () => undefined {
    const room = labelRoom(micro);
    const inputs = eachOrNone(micro, (batch) => uploadBatch(batch, this.shape, room));
    return () => {
      try {
        this.#work(inputs);
      } finally {
        inputs.forEach((input) => input.dispose());
      }
      return undefined;
    };
  }

  /** The dispatches of a step: the same ones for all inputs of one shape. */
  #work(inputs: readonly BatchBuffers[]): void {
    let row = 0;
    const parts = inputs.map((batch) => {
      const { batch: windows, length } = batch.input;
      const firstRow = row;
      row += windows * length;
      return () => this.#differentiate(batch, firstRow);
    });
    const sums = parts.reduce<Sums | undefined>(added, undefined)!;
    globalNorm(sums.gradients, sums.stats, this.settings.clipNorm, this.#partials, this.#state, this.#scaling);
    let at = 0;
    for (const group of this.#groups) {
      const gradients = sums.gradients.slice(at, (at += group.parameters.length));
      this.#optimizer.update(group, gradients, this.#state, this.#numbers);
    }
    this.#halves?.refresh();
    tf.dispose([sums.gradients, sums.stats]);
  }

  /** Forward and backward of one micro-batch, whose first row is this one of the step's. */
  #differentiate(batch: BatchBuffers, firstRow: number): Sums {
    const numbers = this.#numbers;
    const dropout = { seed: this.settings.seed, numbers, firstRow };
    const reference = this.#objective.reference(this.model, batch);
    const forward = (): Tensor[] => {
      const given = { numbers, dropout, reference, scaling: this.#scaling };
      const { loss, stats } = this.#objective.loss(this.model, batch, given);
      return [loss, stats];
    };
    const { values, grads } = valueAndGradients(
      forward,
      this.#parameters.map((p) => p.weight),
      () => tf.clone(this.#one),
    );
    tf.dispose([values[0]!, reference ?? []]);
    return { gradients: grads.map((g) => g!), stats: values[1]! };
  }

  /**
   * The step's numbers; the copy is queued at once, so that a later step cannot overwrite them. Sync point when
   * awaited.
   */
  async #result(): Promise<StepResult> {
    const state = new Float32Array(await device().read(this.#state));
    if (this.#scaling) this.lossScaling = { scale: state[STATE.lossScale]!, clean: state[STATE.clean]! };
    return {
      ...this.#objective.measured(statsIn(state)),
      gradNorm: state[STATE.norm]!,
      overflowed: state[STATE.skipped] === 1 && this.lossScaling !== undefined && mayShrink(this.lossScaling),
    };
  }

  evaluate(batches: Iterable<Batch> | AsyncIterable<Batch>, inTurn?: EvaluationTurn): Promise<Evaluation> {
    const borrow: Borrow = (queue) => (this.#replayed ? this.#replayed.borrow(queue) : queue());
    return evaluated({ model: this.model, shape: this.shape, objective: this.#objective }, batches, inTurn, borrow);
  }

  tensors(): StateTensor[] {
    const { reference } = this.#adapter ?? {};
    return [...stateTensors(this.#groups), ...(reference ? frozenTensors(this.#groups, reference) : [])];
  }

  load(role: TensorRole, name: string, bytes: Uint8Array): void {
    loadStateTensor(this.#groups, role, name, bytes);
    if (role === 'weight') this.#halves?.refresh(name);
  }

  resumeScaling(scaling: LossScaling): void {
    if (!this.#scaling) return;
    writeScaling(this.#scaling, scaling);
    this.lossScaling = scaling;
  }

  dispose(): void {
    disposeWeights(this.weights);
    if (this.#adapter) disposeAdapter(this.#adapter);
    tf.dispose(this.#groups.flatMap(({ moment1, moment2 }) => [moment1, moment2 ?? []].flat()));
    this.#halves?.dispose();
    tf.dispose([this.#partials, this.#state, this.#one, this.#scaling ?? []].flat());
    this.#replayed?.dispose();
  }
}

/** Adds the sums of the next micro-batch, which is computed only now: one set of activations is alive at a time. */
function added(sums: Sums | undefined, next: () => Sums): Sums {
  const more = next();
  if (!sums) return more;
  addPairsInPlace([[sums.stats, more.stats], ...sums.gradients.map((g, i) => [g, more.gradients[i]!] as const)]);
  tf.dispose([more.gradients, more.stats]);
  return sums;
}

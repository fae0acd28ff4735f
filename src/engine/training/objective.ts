/**
 * The losses that training minimises, and the numbers measured with them: loss, accuracy, rewards of pairs. Which
 * positions are graded, the batches say.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { TokenBatch } from '../../base/batch';
import type { ModelShape } from '../../base/modelShape';
import type { TrainSettings } from '../../base/settings/trainSettings';
import type { Rewards } from '../../base/wire/events';
import { isPaired } from '../../base/settings/tuneSettings';
import type { StepDropout } from '../models/adapter';
import { CLASS_STATS, classLoss, classStats, type ClassLabels } from '../ops/loss/classLoss';
import { statsOf, sumsOfText } from '../ops/loss/crossEntropy';
import { linearCrossEntropy, linearCrossEntropyStats } from '../ops/loss/linearCrossEntropy';
import { PAIR_STATS, pairStatsOf, preferenceLoss, TEXT_PAIR_STATS, type PreferenceKind } from '../ops/loss/preference';
import type { StepNumbers } from '../device/stepNumbers';
import { tokenLogProbs } from '../ops/loss/tokenLogProbs';
import type { Model } from '../models/model';
import { THUMB_STATS, thumbsLoss, type ThumbWeights } from '../ops/loss/thumbs';
import { labelWeight, pairsOf, thumbsIn, type BatchBuffers } from './tokenBatch';

/** Loss: the mean over label tokens, pairs or classified texts, in nats; of KTO over answers, 0 … their weight. */
export interface Measured {
  loss: number;
  /** The share of likeliest tokens that were the label; of judged answers, of their rewards; of texts, right ones. */
  accuracy: number;
  /** Label tokens, by their weights; of pairs those of both answers; texts that were classified. */
  labels: number;
  rewards?: Rewards;
  /** Of mixed texts: the loss of each, as that of all is defined; NaN where nothing of it was graded. */
  origins?: number[];
}

export interface Objective {
  /** Numbers that are summed over the batches of a step. */
  readonly stats: number;
  /** The factors of a step's losses; undefined where the batches have no labels. */
  scales(batches: readonly TokenBatch[]): Pick<StepNumbers, 'lossScale' | 'labelScale'> | undefined;
  /** Log-probabilities of a reference model, computed off the tape; the caller disposes them. */
  reference(model: Model, batch: BatchBuffers): Tensor | undefined;
  /** The loss, and the stats [`stats`]; recorded on the tape. */
  loss(model: Model, batch: BatchBuffers, given: Given): { loss: Tensor; stats: Tensor };
  /** The stats [`stats`] alone. */
  measure(model: Model, batch: BatchBuffers): Tensor;
  /** The loss, accuracy and rewards that sums of stats amount to. */
  measured(stats: ArrayLike<number>): Measured;
}

interface Given {
  numbers: StepNumbers;
  dropout: StepDropout;
  reference: Tensor | undefined;
  /** The loss scale of f16 training. */
  scaling: Tensor | undefined;
}

/** What an objective follows from beside the settings. */
export interface ObjectiveFacts {
  /** Of a classifier. */
  shape?: Pick<ModelShape, 'classes'> | undefined;
  /** Texts that the run mixes; KTO mixes none, and the losses of classes are not told apart by text. */
  origins?: number | undefined;
  /** Of several classes to a text: how much each counts where it is there. */
  positives?: readonly number[] | undefined;
}

/** The objective of the settings' task. */
export function objectiveOf(settings: TrainSettings, facts: ObjectiveFacts = {}): Objective {
  const { task, preferenceBeta: beta, goodWeight: good, badWeight: bad } = settings;
  const { shape, origins = 0, positives } = facts;
  if (task === 'kto') return new Thumbs({ beta, good, bad });
  if (task === 'classify') return new Classification({ several: shape?.classes?.several === true, positives });
  return isPaired(task) ? new Preference(task, beta, origins) : new Likelihood(origins);
}

/** Of texts: the loss is divided by the weights of their labels. */
function labelScales(batches: readonly TokenBatch[]): { lossScale: number } | undefined {
  const weight = batches.reduce((sum, batch) => sum + labelWeight(batch), 0);
  return weight ? { lossScale: 1 / weight } : undefined;
}

/** The next token of texts. */
class Likelihood implements Objective {
  readonly stats: number;

  constructor(private readonly origins: number) {
    this.stats = statsOf(origins);
  }

  readonly scales = labelScales;

  reference(): undefined {
    return undefined;
  }

  loss(model: Model, { input, labels }: BatchBuffers, { numbers, dropout, scaling }: Given) {
    const states = model.states(input, { dropout });
    return linearCrossEntropy(states, model.head, labels, numbers, undefined, scaling);
  }

  measure(model: Model, { input, labels }: BatchBuffers): Tensor {
    return tf.tidy(() => linearCrossEntropyStats(model.states(input), model.head, labels));
  }

  measured(stats: ArrayLike<number>): Measured {
    const [loss, correct, labels] = [stats[0]!, stats[1]!, stats[2]!];
    const origins = Array.from({ length: this.origins }, (_, i) => {
      const [nll, weight] = sumsOfText(stats, i);
      return nll / weight;
    });
    return { loss: loss / labels, accuracy: correct / labels, labels, ...(this.origins > 0 && { origins }) };
  }
}

/**
 * The class of a text, read after its last token: a batch's target there is the class's id, or the bits of several (see
 * `classLoss`), and its weight that of the class.
 */
class Classification implements Objective {
  readonly stats = CLASS_STATS;
  readonly scales = labelScales;

  constructor(private readonly read: ClassLabels) {}

  reference(): undefined {
    return undefined;
  }

  loss(model: Model, { input, labels }: BatchBuffers, { numbers: step, dropout, scaling }: Given) {
    return classLoss(model.states(input, { dropout }), model.head, labels, { ...this.read, step }, scaling);
  }

  measure(model: Model, { input, labels }: BatchBuffers): Tensor {
    return tf.tidy(() => classStats(model.states(input), model.head, labels, this.read));
  }

  measured(stats: ArrayLike<number>): Measured {
    const [loss, right, weight, texts] = [stats[0]!, stats[1]!, stats[2]!, stats[3]!];
    return { loss: loss / weight, accuracy: right / texts, labels: texts };
  }
}

/**
 * Log-probabilities of the model that training began from, as TRL takes it: the adapter as it was, or none where it is
 * fresh.
 */
const referenceLogProbs = (model: Model, { input, labels }: BatchBuffers): Tensor =>
  tf.tidy(() => tokenLogProbs(model.states(input, { asReference: true }), model.referenceHead, labels));

/**
 * Preference learning, DPO (https://arxiv.org/abs/2305.18290) or ORPO (https://arxiv.org/abs/2403.07691): of two
 * answers the chosen one becomes likelier. Batches are those of `answersOf`.
 */
class Preference implements Objective {
  readonly stats: number;

  constructor(
    readonly kind: PreferenceKind,
    readonly beta: number,
    private readonly origins: number,
  ) {
    this.stats = pairStatsOf(origins);
  }

  scales(batches: readonly TokenBatch[]) {
    const [pairs, chosen] = batches
      .map(pairsOf)
      .reduce(([pairs, labels], more) => [pairs + more.pairs, labels + more.chosenLabels], [0, 0]);
    return pairs ? { lossScale: 1 / pairs, labelScale: 1 / chosen } : undefined;
  }

  /** ORPO has no reference model. */
  reference(model: Model, batch: BatchBuffers): Tensor | undefined {
    return this.kind === 'orpo' ? undefined : referenceLogProbs(model, batch);
  }

  loss(model: Model, { input, labels }: BatchBuffers, { numbers: step, dropout, reference }: Given) {
    const logProbs = tokenLogProbs(model.states(input, { dropout }), model.head, labels);
    const { kind, beta } = this;
    return preferenceLoss(logProbs, labels, { kind, beta, length: input.length, step }, reference);
  }

  measure(model: Model, batch: BatchBuffers): Tensor {
    const { input, labels } = batch;
    const { kind, beta } = this;
    const attrs = { kind, beta, length: input.length, step: { lossScale: 1, labelScale: 1 } };
    return tf.tidy(() => {
      const logProbs = tokenLogProbs(model.states(input), model.head, labels);
      return preferenceLoss(logProbs, labels, attrs, this.reference(model, batch)).stats;
    });
  }

  measured(stats: ArrayLike<number>): Measured {
    const of = (name: keyof typeof PAIR_STATS): number => stats[PAIR_STATS[name]]!;
    const mean = (name: keyof typeof PAIR_STATS): number => of(name) / of('pairs');
    const [chosen, rejected, accuracy] = [mean('chosen'), mean('rejected'), mean('preferred')];
    const loss = mean('loss') + of('nll') / of('chosenLabels');
    // the loss of ORPO is −β·log σ(o); its logged log odds ratio is log σ(o)
    const odds = { logOddsRatio: -mean('loss') / this.beta, logOddsChosen: mean('delta') };
    const rewards = { chosen, rejected, margin: chosen - rejected, accuracy, ...(this.kind === 'orpo' && odds) };
    const origins = Array.from({ length: this.origins }, (_, text) => lossOfText(stats, text));
    return { loss, accuracy, labels: of('labels'), rewards, ...(this.origins > 0 && { origins }) };
  }
}

/** NaN where the text has no pair. */
function lossOfText(stats: ArrayLike<number>, text: number): number {
  const of = (name: keyof typeof TEXT_PAIR_STATS): number => stats[pairStatsOf(text) + TEXT_PAIR_STATS[name]]!;
  return of('loss') / of('pairs') + of('nll') / of('chosenLabels');
}

/**
 * KTO (https://arxiv.org/abs/2402.01306): good answers become likelier, bad ones less likely. Batches are those of
 * `answersOf`. Of the mismatched windows the loss takes a mean without gradient: their slopes are zero.
 */
class Thumbs implements Objective {
  readonly stats = THUMB_STATS.size;

  constructor(readonly weights: ThumbWeights) {}

  scales(batches: readonly TokenBatch[]) {
    const answers = batches.reduce((sum, batch) => sum + thumbsIn(batch), 0);
    return answers ? { lossScale: 1 / answers } : undefined;
  }

  reference(model: Model, batch: BatchBuffers): Tensor {
    return referenceLogProbs(model, batch);
  }

  loss(model: Model, { input, labels }: BatchBuffers, { numbers: step, dropout, reference }: Given) {
    const logProbs = tokenLogProbs(model.states(input, { dropout }), model.head, labels);
    return thumbsLoss(logProbs, labels, { ...this.weights, length: input.length, step }, reference!);
  }

  measure(model: Model, batch: BatchBuffers): Tensor {
    const { input, labels } = batch;
    const attrs = { ...this.weights, length: input.length, step: { lossScale: 1 } };
    return tf.tidy(() => {
      const logProbs = tokenLogProbs(model.states(input), model.head, labels);
      return thumbsLoss(logProbs, labels, attrs, this.reference(model, batch)).stats;
    });
  }

  measured(stats: ArrayLike<number>): Measured {
    const of = (name: keyof typeof THUMB_STATS): number => stats[THUMB_STATS[name]]!;
    const answers = of('good') + of('bad');
    const [chosen, rejected] = [of('goodReward') / of('good'), of('badReward') / of('bad')];
    const accuracy = of('right') / answers;
    const rewards = { chosen, rejected, margin: chosen - rejected, accuracy, kl: of('kl') / answers };
    return { loss: of('loss') / answers, accuracy, labels: of('labels'), rewards };
  }
}

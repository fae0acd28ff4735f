/**
 * @genai-fi/nanogpt's own model and trainer, in its defaults (f32, no checkpointing): the second version of its block
 * has RMSNorm without weights, normalised queries and keys, and squared ReLU in an MLP of 4 times the width, which
 * comes to as many weights as SwiGLU of 2.75 times. Its losses are its own; what is compared is the time of a step of a
 * model of this size.
 */
import * as tf from '@tensorflow/tfjs-core';
import { parameterCount } from '../../../src/base/modelShape';
import { batchAt, type BenchCase } from '../cases';
import type { Side } from '../side';
import type { NanogptFile } from '../answer';

interface NanoModel {
  getNumParams(): number;
  dispose(): void;
}

interface NanoConfig {
  modelType: 'GenAI_NanoGPT_v2';
  vocabSize: number;
  blockSize: number;
  nLayer: number;
  nHead: number;
  nEmbed: number;
  mlpFactor: number;
}

interface NanoGpt {
  models: { NanoGPTV2: new (config: NanoConfig) => NanoModel };
  TeachableLLM: { selectBackend(name: 'webgpu'): Promise<void> };
}

interface Trainer {
  trainStep(state: object, batch: { xs: tf.Tensor; ys: tf.Tensor }): tf.Scalar;
  dispose(): void;
}

interface TrainerModule {
  default: new (model: NanoModel, tokenizer: undefined, config: object) => Trainer;
}

/** How far its count of weights may be from ours for the times to be of models of one size. */
const NEAR = 0.1;

export async function open(bench: BenchCase, nanogptFile: NanogptFile): Promise<Side> {
  const { model, settings } = bench;
  // Its bundle holds a TensorFlow.js built for pages, which stumbles over Node where it sees it; they share one set of
  // flags.
  tf.env().set('IS_NODE', false);
  tf.env().set('IS_BROWSER', true);
  tf.enableProdMode();
  const { models, TeachableLLM } = (await nanogptFile('main.js')) as NanoGpt;
  // Not among its exports; the studio built on it comes to the same function through datasets and jobs.
  const { default: BasicTrainer } = (await nanogptFile('training/BasicTrainer.js')) as TrainerModule;
  await TeachableLLM.selectBackend('webgpu');
  const { batchSize, contextLength, learningRate, beta1, beta2, epsilon, weightDecay, clipNorm } = settings;
  const nano = new models.NanoGPTV2({
    modelType: 'GenAI_NanoGPT_v2',
    vocabSize: model.vocabSize,
    blockSize: contextLength,
    nLayer: model.layers,
    nHead: model.heads,
    nEmbed: model.hiddenSize,
    mlpFactor: 4,
  });
  const size = nano.getNumParams() / parameterCount(model);
  if (!(Math.abs(size - 1) <= NEAR)) throw new Error(`its model has ${size.toFixed(2)} times our weights`);
  const constant = { warmupSteps: 0, minLearningRate: learningRate, epochSteps: 1e4, decayEpochs: 100 };
  const adamW = { learningRate, beta1, beta2, epsilon, weightDecay, clipNorm };
  const trainer = new BasicTrainer(nano, undefined, { ...adamW, ...constant });
  return {
    step: async (i) => {
      const { inputs, targets } = batchAt(i, bench);
      const ids = (values: Int32Array): tf.Tensor => tf.tensor2d(values, [batchSize, contextLength], 'int32');
      const [xs, ys] = [ids(inputs), ids(targets)];
      const loss = trainer.trainStep({}, { xs, ys });
      const value = loss.data();
      tf.dispose([xs, ys]);
      return (await value.finally(() => loss.dispose()))[0]!;
    },
    dispose: () => {
      trainer.dispose();
      nano.dispose();
    },
  };
}

/**
 * The same Llama and AdamW in @jax-js/jax: one jitted function per step, loss, gradients and update together, as its
 * users write it. Transposed right sides are views there, so matrices stay [out, in]. Attention is written out, since
 * its own needs iterator helpers, which Node 20 lacks. Every use of an array but the last takes a reference (`ref`).
 */
import { defaultDevice, init, jit, nn, numpy as np, valueAndGrad, type Array as Value } from '@jax-js/jax';
import { initialWeights } from '../../../src/engine/models/weights';
import { batchAt, type BenchCase } from '../cases';
import type { Side } from '../side';
import { angles, block, linear, rmsNorm, turned, type Values } from './jaxModel';
import { writer } from './jaxWriting';

const BY_HEAD = [0, 2, 1, 3];

/** Mean loss of ids [N] and targets [N]; takes all of `w`. */
function lossOf({ model, settings }: BenchCase): (w: Values, ids: Value, targets: Value) => Value {
  const { heads: H, headDim: D, hiddenSize: C, vocabSize: V, normEps: eps } = model;
  const [B, T] = [settings.batchSize, settings.contextLength];
  const [cosine, sine] = [angles(model, 'cosine', 0, T), angles(model, 'sine', 0, T)];
  /** What a query sees [T, T]. */
  const visible = np.tri(T, T, 0, { dtype: np.bool });
  const rotated = (x: Value): Value => turned(x, cosine.ref, sine.ref);
  const attention = (qkv: Value): Value => {
    const [q, k, v] = np.split(qkv, 3, -1).map((part) => part.reshape([B, T, H, D]));
    const scores = np.matmul(np.transpose(rotated(q!), BY_HEAD), np.transpose(rotated(k!), [0, 2, 3, 1]));
    const chances = nn.softmax(np.where(visible.ref, scores.mul(D ** -0.5), -1e9), -1);
    return np.transpose(np.matmul(chances, np.transpose(v!, BY_HEAD)), BY_HEAD).reshape([B * T, C]);
  };
  return (w, ids, targets) => {
    let x = np.take(w['embedding']!.ref, ids, 0);
    for (let layer = 0; layer < model.layers; layer++)
      x = block(x, (name) => w[`layers.${layer}.${name}`]!, eps, attention);
    const logits = linear(rmsNorm(x, w['norm']!, eps), w['embedding']!);
    return np.mean(np.sum(nn.logSoftmax(logits, -1).mul(nn.oneHot(targets, V)), -1)).neg();
  };
}

interface State extends Record<string, Values> {
  weights: Values;
  first: Values;
  second: Values;
}

const decays = (name: string): boolean => name !== 'embedding' && !name.includes('norm');

/** Clipping and AdamW; `scalars` are rate / (1 − β₁ᵗ), 1 / √(1 − β₂ᵗ) and the rate. */
function updated({ weights, first, second }: State, grads: Values, scalars: Value, { settings }: BenchCase): State {
  const { beta1, beta2, epsilon, weightDecay, clipNorm } = settings;
  const [stepSize, root2, rate] = [scalars.ref.slice(0), scalars.ref.slice(1), scalars.slice(2)];
  const squares = Object.values(grads).map((g) => np.sum(np.square(g.ref)));
  const norm = np.sqrt(squares.reduce((sum, s) => sum.add(s)));
  const clip = np.minimum(np.reciprocal(norm.add(1e-6)).mul(clipNorm), 1);
  const keep = rate.mul(-weightDecay).add(1);
  const next: State = { weights: {}, first: {}, second: {} };
  for (const [name, weight] of Object.entries(weights)) {
    const g = grads[name]!.mul(clip.ref);
    const m = first[name]!.mul(beta1).add(g.ref.mul(1 - beta1));
    const v = second[name]!.mul(beta2).add(np.square(g).mul(1 - beta2));
    const by = m.ref.mul(stepSize.ref).div(np.sqrt(v.ref).mul(root2.ref).add(epsilon));
    next.weights[name] = (decays(name) ? weight.mul(keep.ref) : weight).sub(by);
    [next.first[name], next.second[name]] = [m, v];
  }
  [stepSize, root2, clip, keep].forEach((x) => x.dispose());
  return next;
}

function initialState({ model, settings }: BenchCase): State {
  const state: State = { weights: {}, first: {}, second: {} };
  for (const { name, shape, bytes } of initialWeights(model, settings.seed)) {
    state.weights[name] = np.array(new Float32Array(bytes.slice().buffer), { shape });
    [state.first[name], state.second[name]] = [np.zeros(shape), np.zeros(shape)];
  }
  return state;
}

export const open = (bench: BenchCase): Promise<Side> => openOn('webgpu', bench);

/** The same on one of its backends. */
export async function openOn(backend: 'webgpu' | 'wasm', bench: BenchCase): Promise<Side> {
  // It asks whether this is a phone; before version 21 Node says nothing about itself.
  if (!('userAgent' in navigator)) Object.assign(navigator, { userAgent: 'Node.js' });
  if (!(await init(backend)).includes(backend)) throw new Error(`it found no ${backend}`);
  defaultDevice(backend);
  const { settings } = bench;
  const differentiate = valueAndGrad(lossOf(bench));
  const step = jit((state: State, ids: Value, targets: Value, scalars: Value) => {
    const copies = Object.fromEntries(Object.entries(state.weights).map(([name, w]) => [name, w.ref]));
    const [loss, grads] = differentiate(copies, ids, targets);
    return { loss, state: updated(state, grads, scalars, bench) };
  });
  const write = writer(bench.model);
  let state = initialState(bench);
  return {
    generate: (prompt, count) => write(state.weights, prompt, count),
    step: async (i) => {
      const { inputs, targets } = batchAt(i, bench);
      const ids = (values: Int32Array): Value => np.array(values, { dtype: np.int32 });
      const result = step(state, ids(inputs), ids(targets), np.array(scalarsAt(i + 1, settings)));
      state = result.state;
      return (await result.loss.data())[0]!;
    },
    dispose: () => Object.values(state).forEach((values) => Object.values(values).forEach((x) => x.dispose())),
  };
}

const scalarsAt = (t: number, { learningRate, beta1, beta2 }: BenchCase['settings']): Float32Array =>
  Float32Array.of(learningRate / (1 - beta1 ** t), 1 / Math.sqrt(1 - beta2 ** t), learningRate);

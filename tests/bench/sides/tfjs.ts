/**
 * Plain TensorFlow.js: the same Llama and AdamW as a plain composition of TensorFlow.js ops on its WebGPU backend, with
 * no op that could be left out. To that end matrices are [in, out] (its vec4 matmul reads no transposed right side),
 * query and key are turned together, rotary halves are swapped by one `reverse`, the softmax scale is a part of the
 * rotation of the queries, the loss has a gradient of its own (p − one-hot), constants are uploaded once, moments are
 * kept without their factors (1 − β), and scalars that change per step are shared by all weights.
 * Grouped-query attention is left out: both cases of the table have as many key heads as query heads.
 */
import * as tf from '@tensorflow/tfjs';
import type { TrainSettings } from '../../../src/base/settings/trainSettings';
import type { ModelShape } from '../../../src/base/modelShape';
import type { TensorData } from '../../../src/base/numbers/tensorData';
import { openEngine } from '../../../src/engine/gpuEngine';
import { initialWeights } from '../../../src/engine/models/weights';
import { batchAt, type BenchBatch, type BenchCase } from '../cases';
import type { Side } from '../side';

/** On the device that our engine opens, with its limits and its long submits: tfjs' own defaults are slower. */
export async function open(bench: BenchCase): Promise<Side> {
  await openEngine();
  const { model, settings } = bench;
  const plain = new PlainTfjs(model, settings, initialWeights(model, settings.seed));
  return {
    step: async (i) => (await plain.step(batchAt(i, bench), settings.learningRate))[0]!,
    generate: (prompt, count) => plain.generate(prompt, count),
    dispose: () => plain.dispose(),
  };
}

/**
 * Angles of the rotary embedding [1, 2H, T, D]; the sign of the swapped half is in the sines, the softmax scale in the
 * rows of q.
 */
interface Angles {
  cosine: tf.Tensor;
  sine: tf.Tensor;
}

/** Keys and values [1, H, t, D] of the tokens before, by layer. */
type Cache = Map<string, { k: tf.Tensor; v: tf.Tensor }>;

/**
 * What attention reads beside x: windows of one length, all of them seen from their beginning, or what follows a cache.
 */
interface Windows extends Angles {
  batch: number;
  length: number;
  /** Added to the scores [T, T]; absent for a single token, which sees all. */
  mask?: tf.Tensor;
  cache?: Cache;
}

interface Moments {
  first: tf.Tensor;
  second: tf.Tensor;
}

class PlainTfjs {
  #weights = new Map<string, tf.Variable>();
  #moments = new Map<string, Moments>();
  readonly #constants: ReturnType<typeof constantsOf>;
  readonly #windows: Windows & { mask: tf.Tensor };
  #updates = 0;

  constructor(
    readonly model: ModelShape,
    readonly settings: TrainSettings,
    source: Iterable<TensorData>,
  ) {
    if (model.kvHeads !== model.heads) throw new Error('the plain composition has no grouped-query attention');
    this.#constants = constantsOf(model, settings);
    const { batchSize: batch, contextLength: length } = settings;
    this.#windows = { batch, length, mask: maskOf(length), ...anglesOf(model, length) };
    for (const { name, shape, bytes } of source) this.#add(name, shape, new Float32Array(bytes.slice().buffer));
  }

  /** Splits qkv into qk and v, gateUp into gate and up, and turns matrices round, so that no step has to. */
  #add(name: string, shape: number[], values: Float32Array): void {
    const whole = tf.tensor(values, shape);
    const half = shape[0]! / 2;
    if (name.endsWith('.qkv')) {
      const v = shape[0]! / 3;
      this.#keep(name.replace('qkv', 'qk'), tf.slice(whole, [0, 0], [2 * v, -1]).transpose());
      this.#keep(name.replace('qkv', 'v'), tf.slice(whole, [2 * v, 0], [v, -1]).transpose());
    } else if (name.endsWith('.gateUp')) {
      this.#keep(name.replace('gateUp', 'gate'), tf.slice(whole, [0, 0], [half, -1]).transpose());
      this.#keep(name.replace('gateUp', 'up'), tf.slice(whole, [half, 0], [half, -1]).transpose());
    } else this.#keep(name, shape.length === 2 && name !== 'embedding' ? tf.transpose(whole) : whole);
  }

  #keep(name: string, tensor: tf.Tensor): void {
    this.#weights.set(name, tf.variable(tensor, true, `plain.${name}`));
    this.#moments.set(name, { first: tf.zeros(tensor.shape), second: tf.zeros(tensor.shape) });
  }

  #weight(name: string): tf.Variable {
    return this.#weights.get(name)!;
  }

  /** Queues one step; the promise settles with its loss. */
  step({ inputs, targets }: BenchBatch, rate: number): Promise<Float32Array> {
    const ids = tf.tensor1d(inputs, 'int32');
    const labels = tf.tensor1d(targets, 'int32');
    const { value, grads } = tf.variableGrads(() => this.#loss(ids, labels), [...this.#weights.values()]);
    tf.tidy(() => this.#update(grads, rate));
    const loss = value.data() as Promise<Float32Array>;
    tf.dispose([ids, labels, grads]);
    return loss.finally(() => value.dispose());
  }

  #loss(ids: tf.Tensor1D, targets: tf.Tensor1D): tf.Scalar {
    const logits = this.#logits(this.#states(ids, this.#windows));
    return meanCrossEntropy(logits, tf.oneHot(targets, this.model.vocabSize));
  }

  #states(ids: tf.Tensor1D, windows: Windows): tf.Tensor2D {
    let x = tf.gather(this.#weight('embedding') as tf.Tensor2D, ids);
    for (let i = 0; i < this.model.layers; i++) x = this.#block(x, i, windows);
    return x;
  }

  #logits(states: tf.Tensor2D): tf.Tensor2D {
    return tf.matMul<tf.Tensor2D>(this.#norm(states, 'norm'), this.#weight('embedding'), false, true);
  }

  /** The likeliest ids after a prompt, with a cache of keys and values. */
  async generate(prompt: Int32Array, count: number): Promise<number[]> {
    const angles = anglesOf(this.model, prompt.length + count);
    const mask = maskOf(prompt.length);
    const cache: Cache = new Map();
    const written: number[] = [];
    let ids = prompt;
    for (let start = 0; written.length < count; start += ids.length, ids = Int32Array.of(written.at(-1)!)) {
      const best = tf.tidy(() => {
        const rows = ({ cosine, sine }: Angles): Angles => ({ cosine: part(cosine, start), sine: part(sine, start) });
        const part = (table: tf.Tensor, from: number): tf.Tensor =>
          tf.slice(table, [0, 0, from, 0], [-1, -1, ids.length, -1]);
        const windows = { batch: 1, length: ids.length, cache, ...rows(angles), ...(start ? {} : { mask }) };
        const states = this.#states(tf.tensor1d(ids, 'int32'), windows);
        return tf.argMax(this.#logits(tf.slice(states, [ids.length - 1, 0], [1, -1])), 1);
      });
      written.push((await best.data())[0]!);
      best.dispose();
    }
    tf.dispose([angles.cosine, angles.sine, mask, ...[...cache.values()].flatMap(({ k, v }) => [k, v])]);
    return written;
  }

  #norm(x: tf.Tensor2D, name: string): tf.Tensor2D {
    const scale = tf.rsqrt(tf.add(tf.mean(tf.square(x), 1, true), this.#constants.normEps));
    return tf.mul(tf.mul(x, scale), this.#weight(name));
  }

  #product(x: tf.Tensor2D, name: string): tf.Tensor2D {
    return tf.matMul<tf.Tensor2D>(x, this.#weight(name));
  }

  #block(x: tf.Tensor2D, i: number, windows: Windows): tf.Tensor2D {
    const layer = `layers.${i}.`;
    const attended = this.#attention(this.#norm(x, `${layer}norm1`), layer, windows);
    const middle = tf.add<tf.Tensor2D>(x, this.#product(attended, `${layer}o`));
    const y = this.#norm(middle, `${layer}norm2`);
    const gate = this.#product(y, `${layer}gate`);
    const gated = tf.mul<tf.Tensor2D>(tf.mul(gate, tf.sigmoid(gate)), this.#product(y, `${layer}up`));
    return tf.add(middle, this.#product(gated, `${layer}down`));
  }

  #attention(x: tf.Tensor2D, layer: string, windows: Windows): tf.Tensor2D {
    const { heads, headDim } = this.model;
    const { batch: B, length: T, mask, cache } = windows;
    const byHead = (y: tf.Tensor, parts: number): tf.Tensor4D =>
      tf.transpose(tf.reshape(y, [B, T, parts * heads, headDim]), [0, 2, 1, 3]);
    const qk = turned(byHead(this.#product(x, `${layer}qk`), 2), windows);
    const q = tf.slice(qk, [0, 0, 0, 0], [B, heads, T, headDim]);
    const own = {
      k: tf.slice(qk, [0, heads, 0, 0], [B, heads, T, headDim]),
      v: byHead(this.#product(x, `${layer}v`), 1),
    };
    const { k, v } = cache ? grown(cache, layer, own) : own;
    const scores = tf.matMul(q, k, false, true);
    const gathered = tf.matMul(tf.softmax(mask ? tf.add(scores, mask) : scores), v);
    return tf.reshape(tf.transpose(gathered, [0, 2, 1, 3]), [B * T, heads * headDim]);
  }

  /** Clipping and AdamW; moments without (1 − β): m̃ ← β₁m̃ + g, ṽ ← β₂ṽ + g². */
  #update(grads: tf.NamedTensorMap, rate: number): void {
    const { beta1, beta2, epsilon, weightDecay } = this.settings;
    const t = ++this.#updates;
    const norm = tf.sqrt(tf.sum(tf.stack(Object.values(grads).map((g) => tf.sum(tf.square(g))))));
    const clip = tf.minimum(this.#constants.one, tf.div(this.#constants.clipNorm, tf.add(norm, this.#constants.tiny)));
    const root2 = Math.sqrt((1 - beta2 ** t) / (1 - beta2));
    const stepSize = tf.scalar((rate * (1 - beta1) * root2) / (1 - beta1 ** t));
    const eps = tf.scalar(epsilon * root2);
    const keep = tf.scalar(1 - rate * weightDecay);
    for (const spec of this.#weights.keys()) {
      const [weight, moments] = [this.#weight(spec), this.#moments.get(spec)!];
      const g = tf.mul(grads[weight.name]!, clip);
      const first = tf.add(tf.mul(moments.first, this.#constants.beta1), g);
      const second = tf.add(tf.mul(moments.second, this.#constants.beta2), tf.square(g));
      const by = tf.div(tf.mul(first, stepSize), tf.add(tf.sqrt(second), eps));
      weight.assign(tf.sub(decays(spec) ? tf.mul(weight, keep) : weight, by));
      tf.dispose([moments.first, moments.second]);
      this.#moments.set(spec, { first: tf.keep(first), second: tf.keep(second) });
    }
  }

  dispose(): void {
    this.#weights.forEach((w) => w.dispose());
    this.#moments.forEach(({ first, second }) => tf.dispose([first, second]));
    tf.dispose(this.#constants);
    tf.dispose([this.#windows.mask, this.#windows.cosine, this.#windows.sine]);
  }
}

const decays = (name: string): boolean => name !== 'embedding' && !name.includes('norm');

/** Mean negative log-likelihood of logits [N, V]; forward 5 ops, backward 2. */
function meanCrossEntropy(logits: tf.Tensor2D, oneHot: tf.Tensor): tf.Scalar {
  const loss = tf.customGrad((x, save) => {
    const chances = tf.softmax(x as tf.Tensor2D);
    (save as (tensors: tf.Tensor[]) => void)([chances, oneHot]);
    const value = tf.neg(tf.mean<tf.Scalar>(tf.log(tf.sum(tf.mul(chances, oneHot), 1))));
    const share = 1 / logits.shape[0];
    return { value, gradFunc: (_dy: tf.Tensor, [p, y]: tf.Tensor[]) => tf.mul(tf.sub(p!, y!), share) };
  });
  return loss(logits);
}

/** RoPE on [B, 2H, T, D]. */
function turned(qk: tf.Tensor4D, { cosine, sine }: Angles): tf.Tensor4D {
  const [B, H, T, D] = qk.shape;
  const swapped = tf.reshape(tf.reverse(tf.reshape(qk, [B * H, T, 2, D / 2]), 2), qk.shape);
  return tf.add(tf.mul(qk, cosine), tf.mul(swapped, sine));
}

/** The cache of a layer with what is new at its end. */
function grown(cache: Cache, layer: string, own: { k: tf.Tensor; v: tf.Tensor }): { k: tf.Tensor; v: tf.Tensor } {
  const old = cache.get(layer);
  const joined = (part: 'k' | 'v'): tf.Tensor =>
    tf.keep(old ? tf.concat([old[part], own[part]], 2) : tf.clone(own[part]));
  const both = { k: joined('k'), v: joined('v') };
  if (old) tf.dispose([old.k, old.v]);
  cache.set(layer, both);
  return both;
}

function anglesOf({ heads, headDim, ropeTheta }: ModelShape, length: number): Angles {
  const table = (part: (angle: number, upper: boolean) => number): tf.Tensor =>
    tf.tensor(
      Float32Array.from({ length: 2 * heads * length * headDim }, (_, i) => {
        const [d, t, h] = [i % headDim, Math.floor(i / headDim) % length, Math.floor(i / headDim / length)];
        const angle = t * ropeTheta ** (-(2 * (d % (headDim / 2))) / headDim);
        return part(angle, d >= headDim / 2) * (h < heads ? headDim ** -0.5 : 1);
      }),
      [1, 2 * heads, length, headDim],
    );
  return {
    cosine: table((angle) => Math.cos(angle)),
    sine: table((angle, upper) => (upper ? Math.sin(angle) : -Math.sin(angle))),
  };
}

function maskOf(length: number): tf.Tensor {
  const visible = (i: number): boolean => i % length <= Math.floor(i / length);
  return tf.tensor(
    Float32Array.from({ length: length ** 2 }, (_, i) => (visible(i) ? 0 : -1e9)),
    [length, length],
  );
}

const constantsOf = (model: ModelShape, settings: TrainSettings) => ({
  normEps: tf.scalar(model.normEps),
  one: tf.scalar(1),
  tiny: tf.scalar(1e-6),
  beta1: tf.scalar(settings.beta1),
  beta2: tf.scalar(settings.beta2),
  clipNorm: tf.scalar(settings.clipNorm),
});

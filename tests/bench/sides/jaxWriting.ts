/**
 * Writing with the peer: one jitted function that reads some tokens after those in a cache of fixed size, so that it is
 * traced twice, for the prompt and for one token. Nothing there writes into an array: new keys and values get their
 * rows by a product with zeros and ones.
 */
import { jit, nn, numpy as np, type Array as Value } from '@jax-js/jax';
import type { ModelShape } from '../../../src/base/modelShape';
import { largest } from '../side';
import { angles, block, linear, rmsNorm, turned, type Values } from './jaxModel';

/** What differs from call to call. */
interface Given extends Values {
  ids: Value;
  cosine: Value;
  sine: Value;
  /** [capacity, n]: 1 where a token goes. */
  places: Value;
  /** [capacity, 1]: 0 in the rows that are new. */
  keep: Value;
  /** [n, capacity]: added to the scores. */
  mask: Value;
}

interface Passed extends Record<string, Value | Values> {
  logits: Value;
  cache: Values;
}

const BY_HEAD = [1, 0, 2];

/** Greedy writing with these weights, which it leaves to the caller. */
export function writer(model: ModelShape): (weights: Values, prompt: Int32Array, count: number) => Promise<number[]> {
  const pass = jit((weights: Values, cache: Values, given: Given) => passed(model, weights, cache, given));
  return async (weights, prompt, count) => {
    const capacity = prompt.length + count;
    const written: number[] = [];
    let cache = emptyCache(model, capacity);
    let ids = prompt;
    for (let start = 0; written.length < count; start += ids.length, ids = Int32Array.of(written.at(-1)!)) {
      const copies = Object.fromEntries(Object.entries(weights).map(([name, w]) => [name, w.ref]));
      const result = pass(copies, cache, givenAt(model, ids, start, capacity));
      cache = result.cache;
      written.push(largest(await result.logits.data()));
    }
    Object.values(cache).forEach((part) => part.dispose());
    return written;
  };
}

/** Keys and values [capacity, C] of each layer. */
function emptyCache({ layers, hiddenSize }: ModelShape, capacity: number): Values {
  const names = Array.from({ length: layers }, (_, i) => [`k${i}`, `v${i}`]).flat();
  return Object.fromEntries(names.map((name) => [name, np.zeros([capacity, hiddenSize])]));
}

function givenAt(model: ModelShape, ids: Int32Array, start: number, capacity: number): Given {
  const n = ids.length;
  const table = (rows: number, columns: number, of: (row: number, column: number) => number): Value =>
    np.array(
      Float32Array.from({ length: rows * columns }, (_, i) => of(Math.floor(i / columns), i % columns)),
      { shape: [rows, columns] },
    );
  return {
    ids: np.array(ids, { dtype: np.int32 }),
    cosine: angles(model, 'cosine', start, n),
    sine: angles(model, 'sine', start, n),
    places: table(capacity, n, (row, token) => Number(row === start + token)),
    keep: table(capacity, 1, (row) => Number(row < start || row >= start + n)),
    mask: table(n, capacity, (token, row) => (row <= start + token ? 0 : -1e9)),
  };
}

/** Logits after the last of the tokens; takes all that it is given. */
function passed(model: ModelShape, w: Values, cache: Values, given: Given): Passed {
  const { heads: H, headDim: D, hiddenSize: C, normEps: eps } = model;
  const n = given.ids.shape[0]!;
  const next: Values = {};
  /** The cache [capacity, H, D] with the rows of x [n, C] in their places. */
  const grown = (name: string, x: Value): Value => {
    next[name] = cache[name]!.mul(given.keep.ref).add(np.matmul(given.places.ref, x));
    return next[name].ref.reshape([-1, H, D]);
  };
  const attention = (layer: number) => (qkv: Value) => {
    const [q, k, v] = np.split(qkv, 3, -1);
    const byHead = (x: Value): Value => turned(x.reshape([n, H, D]), given.cosine.ref, given.sine.ref);
    const keys = np.transpose(grown(`k${layer}`, byHead(k!).reshape([n, C])), [1, 2, 0]);
    const scores = np.matmul(np.transpose(byHead(q!), BY_HEAD), keys).mul(D ** -0.5);
    const chances = nn.softmax(scores.add(given.mask.ref), -1);
    const values = np.transpose(grown(`v${layer}`, v!), BY_HEAD);
    return np.transpose(np.matmul(chances, values), BY_HEAD).reshape([n, C]);
  };
  let x = np.take(w['embedding']!.ref, given.ids, 0);
  for (let layer = 0; layer < model.layers; layer++)
    x = block(x, (name) => w[`layers.${layer}.${name}`]!, eps, attention(layer));
  const last = rmsNorm(x.slice(n - 1).reshape([1, C]), w['norm']!, eps);
  const { keep, places, mask, cosine, sine } = given;
  [keep, places, mask, cosine, sine].forEach((value) => value.dispose());
  return { logits: linear(last, w['embedding']!), cache: next };
}

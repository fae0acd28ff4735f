import * as tf from '@tensorflow/tfjs-core';
import { newTensor } from './buffers';
import { device } from './kernels/door';
import type { Cache, Model } from './models/model';
import { uploadIds } from './tokenBatch';

/** Predicts token after token, keeping keys and values of those before. */
export interface Decoder {
  /** The most tokens it holds; the caller begins anew with a part of them when it is full. */
  readonly capacity: number;
  /** Tokens that it holds. */
  readonly length: number;
  /** Forgets all, reads `ids` (1 … capacity) and returns the logits [vocabSize] of what follows. */
  prefill(ids: ArrayLike<number>): Promise<Float32Array>;
  /** Reads one more token and returns the logits of what follows. Call only while `length < capacity`. */
  next(id: number): Promise<Float32Array>;
  /** Frees the cache; the weights stay. */
  dispose(): void;
}

/** Prompts are padded to powers of two from here on, so that few sizes of buffers and shaders are in use. */
const SHORTEST_PROMPT = 16;

/** A decoder on the model's own weights: it sees the training that happens between two calls. */
export function createDecoder(model: Model, capacity = model.config.contextLength): Decoder {
  return new CachedDecoder(model, capacity);
}

class CachedDecoder implements Decoder {
  length = 0;
  readonly #cache: Cache;

  constructor(
    readonly model: Model,
    readonly capacity: number,
  ) {
    const { layers, kvHeads, headDim } = model.config;
    const part = () => newTensor([kvHeads, capacity, headDim]);
    this.#cache = { capacity, layers: Array.from({ length: layers }, () => ({ keys: part(), values: part() })) };
  }

  prefill(ids: ArrayLike<number>): Promise<Float32Array> {
    // attention is causal: padding after the last token changes nothing before it, and its cache rows are overwritten
    const padded = new Int32Array(
      Math.min(this.capacity, Math.max(SHORTEST_PROMPT, 2 ** Math.ceil(Math.log2(ids.length)))),
    );
    padded.set(ids);
    this.length = ids.length;
    const { input, dispose } = uploadIds(padded, 1, padded.length);
    return this.#read(this.model.prefill(input, ids.length - 1, this.#cache), dispose);
  }

  next(id: number): Promise<Float32Array> {
    const { input, dispose } = uploadIds(Int32Array.of(id), 1, 1);
    return this.#read(this.model.decode(input, this.length++, this.#cache), dispose);
  }

  /** Sync point: the caller draws the next token from these numbers. */
  async #read(logits: tf.Tensor, dispose: () => void): Promise<Float32Array> {
    const numbers = device().read(logits);
    logits.dispose();
    dispose();
    return new Float32Array(await numbers);
  }

  dispose(): void {
    tf.dispose(this.#cache.layers.flatMap(({ keys, values }) => [keys, values]));
  }
}

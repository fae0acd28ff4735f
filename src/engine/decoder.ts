import * as tf from '@tensorflow/tfjs-core';
import { newTensor } from './buffers';
import type { Place } from './kernels/attention';
import { device } from './kernels/door';
import { gpu, type Arena, type Plan } from './kernels/kernel';
import { copyInto } from './kernels/row';
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

/** How single tokens are read: by replays of a captured step, on a GPU alone, or traced anew, which is what a replay is compared with. Same bits. */
export type Decoding = 'replayed' | 'eager';

/** Prompts are padded to powers of two from here on, so that few sizes of buffers and shaders are in use. */
const SHORTEST_PROMPT = 16;

/** A decoder on the model's own weights: it sees the training that happens between two calls. */
export function createDecoder(
  model: Model,
  capacity = model.config.contextLength,
  decoding: Decoding = device().kind === 'gpu' ? 'replayed' : 'eager',
): Decoder {
  return new CachedDecoder(model, capacity, decoding);
}

class CachedDecoder implements Decoder {
  length = 0;
  readonly #cache: Cache;
  #replayed: ReplayedToken | undefined;

  constructor(
    readonly model: Model,
    readonly capacity: number,
    readonly decoding: Decoding,
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
    const place = { position: this.length++ };
    if (this.decoding === 'replayed')
      return (this.#replayed ??= new ReplayedToken(this.model, this.#cache)).next(id, place);
    const { input, dispose } = uploadIds(Int32Array.of(id), 1, 1);
    return this.#read(this.model.decode(input, place, this.length, this.#cache), dispose);
  }

  /** Sync point: the caller draws the next token from these numbers. */
  async #read(logits: tf.Tensor, dispose: () => void): Promise<Float32Array> {
    const numbers = device().read(logits);
    logits.dispose();
    dispose();
    return new Float32Array(await numbers);
  }

  dispose(): void {
    this.#replayed?.dispose();
    tf.dispose(this.#cache.layers.flatMap(({ keys, values }) => [keys, values]));
  }
}

/** Positions that the first captured step covers; each further one covers twice as many, so that short texts do not pay for the capacity. */
const FIRST_ROOM = 128;

/**
 * The step of one more token, captured for 128, 256, … positions and replayed: what changes is the token's id, in a buffer, and its place, in live
 * params. The weights' own buffers are bound, so it sees them change.
 */
class ReplayedToken {
  /** Kept, so that a decoder can be disposed after the engine was closed. */
  readonly #gpu = gpu();
  readonly #arena: Arena = this.#gpu.newArena();
  readonly #plans = new Map<number, Plan>();
  readonly #id = newTensor([1], 'int32');
  readonly #logits: tf.Tensor;
  readonly #place = { position: 0 };

  constructor(
    readonly model: Model,
    readonly cache: Cache,
  ) {
    this.#logits = newTensor([1, model.config.vocabSize]);
  }

  /** Sync point. All is queued before it returns. */
  async next(id: number, { position }: Place): Promise<Float32Array> {
    this.#place.position = position;
    const plan = this.#planFor(position);
    this.#gpu.write(this.#id, Int32Array.of(id));
    this.#gpu.replay(plan);
    return new Float32Array(await this.#gpu.read(this.#logits));
  }

  #planFor(position: number): Plan {
    let room = FIRST_ROOM;
    while (room <= position) room *= 2;
    const plan = this.#plans.get(room) ?? this.#capture(Math.min(room, this.cache.capacity));
    this.#plans.set(room, plan);
    return plan;
  }

  #capture(room: number): Plan {
    const input = { index: { ids: this.#id, order: this.#id, starts: this.#id }, batch: 1, length: 1 };
    return this.#gpu.capture(this.#arena, () => {
      const logits = this.model.decode(input, this.#place, room, this.cache);
      copyInto(this.#logits, logits);
      logits.dispose();
    });
  }

  dispose(): void {
    this.#plans.clear();
    tf.dispose([this.#id, this.#logits]);
    this.#gpu.freeArena(this.#arena);
  }
}

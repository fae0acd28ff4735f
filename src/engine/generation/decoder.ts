/**
 * Generation token by token with a cache of keys and values. Which token is drawn, sample.ts says; where an answer
 * ends, the studio.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { ModelShape } from '../../base/modelShape';
import { newTensor } from '../device/buffers';
import type { Place } from '../ops/attention/attention';
import { device } from '../device/currentDevice';
import { gpu, type Arena, type DispatchPlan } from '../device/kernel';
import { copyInto } from '../ops/rows/selectRow';
import { MOST_TOP, topK } from '../ops/rows/topK';
import type { Cache, Model } from '../models/model';
import { uploadIds } from '../models/tokenInput';
import type { Likeliest, Logits } from './sample';

/** Predicts token after token, keeping keys and values of those before. */
export interface TokenGenerator {
  /** The most tokens it holds; the caller begins anew with a part of them when it is full. */
  readonly capacity: number;
  /** The tokens that it holds, in order. */
  readonly held: readonly number[];
  /**
   * Holds `ids` (1 … capacity) from then on and returns the logits [vocabSize] of what follows.
   * @param most only so many of the likeliest are wanted; there may come more, or all
   * @param kept so many of them, at the beginning, are held already and not read again: their keys and values stay,
   * also where the weights have changed since. Fewer than all. What follows agrees with reading everything within
   * rounding.
   */
  prefill(ids: ArrayLike<number>): Promise<Float32Array>;
  prefill(ids: ArrayLike<number>, most?: number, kept?: number): Promise<Logits>;
  /**
   * Reads one more token and returns the logits of what follows, as `prefill`. Call only while fewer than `capacity`
   * are held.
   */
  next(id: number): Promise<Float32Array>;
  next(id: number, most?: number): Promise<Logits>;
  /** Frees the cache; the weights stay. */
  dispose(): void;
}

/**
 * How single tokens are read: by replays of a captured step, on a GPU alone, or traced anew, which is what a replay is
 * compared with. Same bits.
 */
export type GeneratorOptions = 'replayed' | 'eager';

/** Prompts are padded to powers of two from here on, so that few sizes of buffers and shaders are in use. */
const SHORTEST_PROMPT = 16;
/** Positions of the first cache; each further one has twice as many. */
const FIRST_ROOM = 128;
/** With fewer logits, reading all of them and looking for the largest in JavaScript takes no longer. */
const LARGE_VOCABULARY = 4096;
/** Few sizes of buffers, and powers of two. */
const LEAST_READ = 64;

/**
 * A generator on the model's own weights: it sees the training that happens between two calls. Its capacity is less
 * where the device allows less.
 */
export function createGenerator(
  model: Model,
  capacity = model.shape.contextLength,
  decoding: GeneratorOptions = device().kind === 'gpu' ? 'replayed' : 'eager',
): TokenGenerator {
  return new CachedGenerator(model, Math.min(capacity, mostTokens(model.shape)), decoding);
}

/**
 * Tokens of which no tensor is larger than the device allows: neither what a prompt becomes on its way nor the cache of
 * a layer.
 */
function mostTokens({ hiddenSize, intermediateSize, heads, kvHeads, headDim }: ModelShape): number {
  const widest = Math.max(hiddenSize, 2 * intermediateSize, (heads + 2 * kvHeads) * headDim);
  return Math.floor(device().mostBytes / (4 * widest));
}

class CachedGenerator implements TokenGenerator {
  held: number[] = [];
  #cache: Cache | undefined;
  #replayed: ReplayedToken | undefined;

  constructor(
    readonly model: Model,
    readonly capacity: number,
    readonly decoding: GeneratorOptions,
  ) {}

  prefill(ids: ArrayLike<number>): Promise<Float32Array>;
  prefill(ids: ArrayLike<number>, most?: number, kept?: number): Promise<Logits>;
  prefill(ids: ArrayLike<number>, most?: number, kept = 0): Promise<Logits> {
    if (!ids.length) return Promise.reject(new RangeError('a prompt has at least one token'));
    // not captured: a prompt of a size is seldom read twice, and capturing it takes as long as queueing it
    // attention is causal: padding after the last token changes nothing before it, and its cache rows are overwritten
    this.held = Array.from(ids);
    const fresh = this.held.slice(kept);
    const padded = new Int32Array(Math.min(this.#room(fresh.length, SHORTEST_PROMPT), this.capacity - kept));
    padded.set(fresh);
    const { input, dispose } = uploadIds(padded, 1, padded.length);
    const cache = this.#cacheFor(kept + padded.length);
    const last = fresh.length - 1;
    // the pieces of attention over the cache cover all of it: few sizes of them
    const logits = kept
      ? this.model.decode(input, { position: kept }, cache.capacity, cache, last)
      : this.model.prefill(input, last, cache);
    return this.#read(logits, dispose, most);
  }

  next(id: number): Promise<Float32Array>;
  next(id: number, most?: number): Promise<Logits>;
  next(id: number, most?: number): Promise<Logits> {
    const place = { position: this.held.length };
    this.held.push(id);
    const cache = this.#cacheFor(this.held.length);
    if (this.decoding === 'replayed') {
      this.#replayed ??= new ReplayedToken(this.model, cache);
      return read(this.#replayed.next(id, place), most);
    }
    const { input, dispose } = uploadIds(Int32Array.of(id), 1, 1);
    return this.#read(this.model.decode(input, place, this.held.length, cache), dispose, most);
  }

  /** The next power of two from `least` on, or the capacity. */
  #room(tokens: number, least: number): number {
    return Math.min(this.capacity, Math.max(least, 2 ** Math.ceil(Math.log2(tokens))));
  }

  /** The cache, grown if need be: a cache of the whole context would be gigabytes, and most texts are short. */
  #cacheFor(tokens: number): Cache {
    const old = this.#cache;
    if (old && old.capacity >= tokens) return old;
    const grown = newCache(this.model.shape, this.#room(tokens, FIRST_ROOM));
    old?.layers.forEach(({ keys, values }, layer) => {
      copyInto(grown.layers[layer]!.keys, keys);
      copyInto(grown.layers[layer]!.values, values);
    });
    this.dispose();
    return (this.#cache = grown);
  }

  #read(logits: tf.Tensor, dispose: () => void, most?: number): Promise<Logits> {
    const numbers = read(logits, most);
    logits.dispose();
    dispose();
    return numbers;
  }

  dispose(): void {
    this.#replayed?.dispose();
    tf.dispose(this.#cache?.layers.flatMap(({ keys, values }) => [keys, values]) ?? []);
    this.#replayed = this.#cache = undefined;
  }
}

function newCache({ layers, kvHeads, headDim }: ModelShape, capacity: number): Cache {
  const part = () => newTensor([kvHeads, capacity, headDim]);
  return { capacity, layers: Array.from({ length: layers }, () => ({ keys: part(), values: part() })) };
}

/** Sync point: the caller draws the next token from these numbers. All is queued before it returns. */
async function read(logits: tf.Tensor, most = Infinity): Promise<Logits> {
  const count = Math.max(LEAST_READ, 2 ** Math.ceil(Math.log2(most)));
  if (device().kind === 'gpu' && logits.size >= LARGE_VOCABULARY && count <= MOST_TOP)
    return readLikeliest(topK(logits, count), count);
  return new Float32Array(await device().read(logits));
}

/** @param top see `topK`; disposed here */
async function readLikeliest(top: tf.Tensor, count: number): Promise<Likeliest> {
  const reading = device().read(top);
  top.dispose();
  const bytes = await reading;
  return { logits: new Float32Array(bytes, 0, count), ids: new Int32Array(bytes, 4 * count) };
}

/**
 * The step of one more token, captured for one cache and replayed: what changes is the token's id, in a buffer, and its
 * place, in live params. The weights' own buffers are bound, so it sees them change. Measured in Node on Dawn, in turns
 * with eager tokens, 450 of each: JavaScript is busy for 0.13 ms a token instead of 0.69 with 0.1M (23 dispatches), and
 * for 0.32 instead of 1.45 with 0.8M (43), the least of each; on a software adapter shared with others, which takes
 * most of the time, 46 tokens a second instead of 40, and 11 instead of 9 (medians).
 */
class ReplayedToken {
  /** Kept, so that a generator can be disposed after the engine was closed. */
  readonly #gpu = gpu();
  readonly #arena: Arena = this.#gpu.newArena();
  readonly #id = newTensor([1], 'int32');
  readonly #logits: tf.Tensor;
  readonly #plan: DispatchPlan;
  readonly #place = { position: 0 };

  constructor(model: Model, cache: Cache) {
    const logits = (this.#logits = newTensor([1, model.shape.vocabSize]));
    const input = { index: { ids: this.#id, order: this.#id, starts: this.#id }, batch: 1, length: 1 };
    this.#plan = this.#gpu.capture(this.#arena, () => {
      const computed = model.decode(input, this.#place, cache.capacity, cache);
      copyInto(logits, computed);
      computed.dispose();
    });
  }

  /** Queues the token; the logits returned are those of the latest one, and are not the caller's to dispose. */
  next(id: number, { position }: Place): tf.Tensor {
    this.#place.position = position;
    this.#gpu.write(this.#id, Int32Array.of(id));
    this.#gpu.replay(this.#plan);
    return this.#logits;
  }

  dispose(): void {
    tf.dispose([this.#id, this.#logits]);
    this.#gpu.freeArena(this.#arena);
  }
}

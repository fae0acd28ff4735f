// The models that Chat holds on the GPU between two answers, with their caches of keys and values. A model that is
// being trained is not among them.
import { AtelierError, throwIfCancelled } from '../../base/errors/errors';
import { loraSum, loraSumShape } from '../models/loraSum';
import type { FrozenPrecision, ModelRecord } from '../../base/records/model';
import type { Id } from '../../base/records/named';
import type { WeighedAdapter } from '../../base/records/together';
import type { Tokenizer } from '../../data/tokens/tokenizer';
import { uploadAdapter, type Adapter } from '../../engine/models/adapter';
import { createGenerator, type TokenGenerator } from '../../engine/generation/decoder';
import type { Model } from '../../engine/models/model';
import { modelFor } from '../../engine/models/modelFor';
import { baseShapeOf } from '../../base/lora';
import { disposeWeights, uploadFrozen, weightBytes, type Weights } from '../../engine/models/weights';
import type { AtelierDb } from '../../storage/db';
import { whileReading } from '../../storage/locks';
import { uploadedAdapter } from '../models/loraTrainer';
import { pretrainedModel } from '../models/pretrained';
import { openSummands } from '../models/summands';
import { loadTokenizer } from '../models/tokenizers';
import { openWeights, ownPrecision, type OpenWeights } from '../models/weights';

/** Who writes an answer. */
export interface Speaker {
  tokenizer: Tokenizer;
  /** The pretrained model that the weights come from: its chat template and end tokens apply. */
  pretrained: ModelRecord | undefined;
  generator: TokenGenerator;
}

/** A model on the GPU, ready to write one answer. */
export interface LoadedModel extends Speaker {
  model: Model;
  /** To be called when the answer is written. */
  done(): void;
}

/** How weights are asked for. */
interface Asked {
  /** The base without its adapter. */
  bare?: boolean | undefined;
  /** Adapters of that base, added up in place of the one that the weights are. */
  together?: readonly WeighedAdapter[] | undefined;
  signal?: AbortSignal | undefined;
  /** A classifier is asked for, or whatever it is; else a model that writes. */
  classifies?: boolean | 'either';
}

/** A thing on the GPU that answers share: who lets go of it last frees it, once it is not kept any more. */
class Shared<T> {
  #users = 0;
  #kept = true;

  constructor(
    readonly value: T,
    private readonly free: () => void,
  ) {}

  use(): this {
    this.#users++;
    return this;
  }

  done(): void {
    this.#users--;
    this.#freeIfUnused();
  }

  /** It is not given to anybody from now on. */
  drop(): void {
    this.#kept = false;
    this.#freeIfUnused();
  }

  #freeIfUnused(): void {
    if (!this.#kept && this.#users === 0) this.free();
  }
}

/** Frozen weights on the GPU; `key` names the model and its precision there. */
interface Base {
  key: string;
  weights: Shared<Weights>;
}

/** How many adapters of the base stay loaded: they are small beside it. */
const ADAPTERS = 4;
/**
 * How many caches of keys and values stay, one per model: two, for a comparison. The cache of a long conversation may
 * be larger than an adapter.
 */
const DECODERS = 2;

/**
 * The model of the last answer stays on the GPU, so that the next answer starts at once. Its latest adapters and caches
 * stay too: the next turn, another adapter or the base alone then load and compute only what is new. What an answer
 * reads stays until it is written, whatever is loaded for another one meanwhile.
 */
export class LoadedModels {
  #base: Base | undefined;
  /** By their checkpoint, or by what was added up; in order of use, latest last, here and below. */
  readonly #adapters = new Map<string, Shared<Adapter>>();
  /** Idle decoders, by the adapter's key or the base's. */
  readonly #decoders = new Map<string, TokenGenerator>();
  /** One model is loaded at a time: two answers of one model then share it. */
  #loading: Promise<unknown> = Promise.resolve();

  /** @param stays whether a model of so many bytes may stay for the next answer */
  constructor(
    private readonly db: AtelierDb,
    private readonly stays: (bytes: number) => boolean = () => true,
  ) {}

  /**
   * The model of a checkpoint or a pretrained one, loaded if it is not.
   *
   * @throws checkpoint-*, model-*, base-missing, together-*, model-classifies, model-writes, cancelled
   */
  speaker(weightsId: Id, asked: Asked = {}): Promise<LoadedModel> {
    const read = [...new Set([weightsId, ...(asked.together ?? []).map((other) => other.weightsId)])];
    const loaded = this.#loading.then(() =>
      read.reduce(
        (work, id) => () => whileReading(id, work),
        () => {
          throwIfCancelled(asked.signal);
          return this.#speaker(weightsId, asked);
        },
      )(),
    );
    this.#loading = loaded.catch(() => undefined);
    return loaded;
  }

  async #speaker(weightsId: Id, { bare, together, signal, classifies = false }: Asked): Promise<LoadedModel> {
    const source = heard(await openWeights(this.db, weightsId), signal);
    if (classifies !== 'either' && classifies !== (source.model.classes !== undefined))
      throw new AtelierError(classifies ? 'model-writes' : 'model-classifies');
    const ofBase = bare || together; // the base's vocabulary: no adapter adds tokens to it
    const tokenizer = await loadTokenizer(this.db, (ofBase && source.base?.tokenizerId) ?? source.tokenizerId);
    const shape = ofBase ? baseShapeOf(source.model, source.adapter?.lora) : source.model;
    const pretrained = await pretrainedModel(this.db, weightsId);
    const making = bare ? undefined : await this.#makingOf(source, weightsId, together);
    const base = await this.#baseOf(source, weightsId);
    base.weights.use();
    try {
      const adapter = making && (await this.#adapterOf(making));
      adapter?.use();
      const key = making?.key ?? base.key;
      const model = modelFor(shape, base.weights.value, adapter && { adapter: adapter.value });
      const generator = take(this.#decoders, key) ?? createGenerator(model);
      return { model, tokenizer, pretrained, generator, done: () => this.#rest(key, generator, base, adapter) };
    } catch (thrown) {
      base.weights.done();
      throw thrown;
    }
  }

  /** Bytes of the weights that stay. */
  get bytes(): number {
    const adapters = [...this.#adapters.values()].map(({ value }) => value.weights);
    return [...adapters, ...(this.#base ? [this.#base.weights.value] : [])].reduce(
      (sum, weights) => sum + weightBytes(weights),
      0,
    );
  }

  /** Frees the GPU memory of the model that was talked to last; where an answer reads it, when that is written. */
  release(): void {
    for (const key of [...this.#decoders.keys()]) take(this.#decoders, key)!.dispose();
    for (const id of [...this.#adapters.keys()]) take(this.#adapters, id)!.drop();
    this.#base?.weights.drop();
    this.#base = undefined;
  }

  /** A cache whose weights are still loaded waits for the next turn of its conversation. */
  #rest(key: string, generator: TokenGenerator, base: Base, adapter: Shared<Adapter> | undefined): void {
    const kept = base === this.#base && (!adapter || this.#adapters.get(key) === adapter);
    if (kept && !this.#decoders.has(key)) {
      this.#decoders.set(key, generator);
      dropOldest(this.#decoders, DECODERS)?.dispose();
    } else generator.dispose();
    adapter?.done();
    base.weights.done();
    if (!this.stays(this.bytes)) this.release();
  }

  async #baseOf(source: OpenWeights, weightsId: Id): Promise<Base> {
    const precision = precisionOf(source);
    const kind = source.model.classes ? 'classifies' : 'writes'; // their heads differ
    const key = `${source.base?.id ?? weightsId} ${precision} ${kind}`;
    if (this.#base?.key !== key) {
      this.release();
      const shape = baseShapeOf(source.model, source.adapter?.lora);
      const weights = await uploadFrozen(shape, precision, source.read, source.adapter !== undefined);
      this.#base = { key, weights: new Shared(weights, () => disposeWeights(weights)) };
    }
    return this.#base;
  }

  /**
   * The adapter that answers: that of the weights, or the sum of several, which is small beside the base and made anew
   * for other shares. Undefined where the base alone answers.
   */
  async #makingOf(
    source: OpenWeights,
    weightsId: Id,
    together: readonly WeighedAdapter[] | undefined,
  ): Promise<Making | undefined> {
    const { adapter, model } = source;
    if (!together) return adapter && { key: weightsId, make: () => uploadedAdapter(source, adapter.lora, 0) };
    const summands = await openSummands(this.db, together, source.base);
    if (!summands.length) return undefined;
    const key = together.map((other) => `${other.weightsId} × ${other.weight}`).join(' + ');
    return { key, make: () => uploadAdapter(model, loraSumShape(model, summands), loraSum(model, summands)) };
  }

  async #adapterOf({ key, make }: Making): Promise<Shared<Adapter>> {
    const shared = take(this.#adapters, key) ?? sharedAdapter(await make());
    this.#adapters.set(key, shared);
    const oldest = [...this.#adapters.keys()][0]!;
    const dropped = dropOldest(this.#adapters, ADAPTERS);
    if (dropped) {
      take(this.#decoders, oldest)?.dispose();
      dropped.drop();
    }
    return shared;
  }
}

/** How an adapter comes to the GPU where it is not there. */
interface Making {
  key: string;
  make(): Promise<Adapter>;
}

const sharedAdapter = (adapter: Adapter): Shared<Adapter> => new Shared(adapter, () => disposeWeights(adapter.weights));

/** Weights whose reading ends when the person cancels: between two parts of a tensor. */
const heard = (source: OpenWeights, signal: AbortSignal | undefined): OpenWeights => ({
  ...source,
  read: (...rows) => {
    throwIfCancelled(signal);
    return source.read(...rows);
  },
});

function take<K, V>(map: Map<K, V>, key: K): V | undefined {
  const value = map.get(key);
  map.delete(key);
  return value;
}

/** The value that was set first, where there are more than `most`. */
function dropOldest<K, V>(map: Map<K, V>, most: number): V | undefined {
  const [key] = map.keys();
  return map.size > most && key !== undefined ? take(map, key) : undefined;
}

/** Chat uses the base in the precision that the adapter was trained with. */
function precisionOf({ base, adapter }: OpenWeights): FrozenPrecision {
  if (adapter) return adapter.lora.precision;
  return base ? ownPrecision(base) : 'f32';
}

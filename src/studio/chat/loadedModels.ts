import type { FrozenPrecision, ModelRecord } from '../../base/records/model';
import type { Id } from '../../base/records/named';
import type { Tokenizer } from '../../data/tokens/tokenizer';
import type { Adapter } from '../../engine/models/adapter';
import { createGenerator, type TokenGenerator } from '../../engine/generation/decoder';
import { modelFor } from '../../engine/models/modelFor';
import { disposeWeights, uploadFrozen, type Weights } from '../../engine/models/weights';
import type { AtelierDb } from '../../storage/db';
import { whileReading } from '../../storage/locks';
import { uploadedAdapter } from '../models/loraTrainer';
import { pretrainedModel } from '../models/pretrained';
import { loadTokenizer } from '../models/tokenizers';
import { openWeights, ownPrecision, type OpenWeights } from '../models/weights';

/** Someone to talk to. */
export interface LoadedModel {
  tokenizer: Tokenizer;
  /** The published model that the weights come from, whose template and end tokens are theirs. */
  pretrained: ModelRecord | undefined;
  generator: TokenGenerator;
  /** To be called when the answer is written. */
  done(): void;
}

/** Weights that are not trained, and what tells them from others. */
interface Base {
  key: string;
  weights: Weights;
}

/** Adapters of the base that stay beside it: they are small. */
const ADAPTERS = 4;
/**
 * Conversations whose keys and values stay, one per speaker: two that are compared. A long one may take more than an
 * adapter.
 */
const DECODERS = 2;

/**
 * Keeps the model that was talked to last on the GPU, so that the next answer begins at once; beside it adapters of it,
 * and what the last conversations with it left in the cache: the next turn, another adapter or the base alone need no
 * more than what is new.
 */
export class LoadedModels {
  #base: Base | undefined;
  /** The one that was used last comes last, here and below. */
  readonly #adapters = new Map<Id, Adapter>();
  /** Idle decoders, by the adapter's id or the base's key. */
  readonly #decoders = new Map<string, TokenGenerator>();

  constructor(private readonly db: AtelierDb) {}

  /**
   * @param weightsId of a checkpoint or a kept model @param bare the base without the adapter
   * Throws checkpoint-*, model-*, base-missing.
   */
  speaker(weightsId: Id, bare = false): Promise<LoadedModel> {
    return whileReading(weightsId, () => this.#speaker(weightsId, bare));
  }

  async #speaker(weightsId: Id, bare: boolean): Promise<LoadedModel> {
    const source = await openWeights(this.db, weightsId);
    const tokenizer = await loadTokenizer(this.db, source.tokenizerId);
    const pretrained = await pretrainedModel(this.db, weightsId);
    const base = await this.#baseOf(source, weightsId);
    const adapter = source.adapter && !bare ? await this.#adapterOf(source, weightsId) : undefined;
    const key = adapter ? weightsId : base.key;
    const generator =
      take(this.#decoders, key) ?? createGenerator(modelFor(source.model, base.weights, adapter && { adapter }));
    return { tokenizer, pretrained, generator, done: () => this.#rest(key, generator, base, adapter) };
  }

  /** Frees what idle conversations hold; the weights stay. */
  forgetTalks(): void {
    for (const key of [...this.#decoders.keys()]) take(this.#decoders, key)!.dispose();
  }

  /** Frees the GPU memory of the model that was talked to last. */
  release(): void {
    this.forgetTalks();
    for (const id of [...this.#adapters.keys()]) disposeWeights(take(this.#adapters, id)!.weights);
    if (this.#base) disposeWeights(this.#base.weights);
    this.#base = undefined;
  }

  /** The device is gone, and with it the weights: there is nothing to free. */
  forget(): void {
    this.#decoders.clear();
    this.#adapters.clear();
    this.#base = undefined;
  }

  /** A decoder whose weights are still here waits for the next turn. */
  #rest(key: string, generator: TokenGenerator, base: Base, adapter: Adapter | undefined): void {
    const stays = base === this.#base && (!adapter || this.#adapters.get(key) === adapter);
    if (!stays || this.#decoders.has(key)) return generator.dispose();
    this.#decoders.set(key, generator);
    dropOldest(this.#decoders, DECODERS)?.dispose();
  }

  async #baseOf(source: OpenWeights, weightsId: Id): Promise<Base> {
    const precision = precisionOf(source);
    const key = `${source.base?.id ?? weightsId} ${precision}`;
    if (this.#base?.key !== key) {
      this.release();
      this.#base = { key, weights: await uploadFrozen(source.model, precision, source.read) };
    }
    return this.#base;
  }

  async #adapterOf(source: OpenWeights, id: Id): Promise<Adapter> {
    const adapter = take(this.#adapters, id) ?? (await uploadedAdapter(source, source.adapter!.lora, 0));
    this.#adapters.set(id, adapter);
    const oldest = [...this.#adapters.keys()][0]!;
    const dropped = dropOldest(this.#adapters, ADAPTERS);
    if (dropped) {
      disposeWeights(dropped.weights);
      take(this.#decoders, oldest)?.dispose();
    }
    return adapter;
  }
}

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

/** An adapter is heard beside the weights that it was trained beside. */
function precisionOf({ base, adapter }: OpenWeights): FrozenPrecision {
  if (adapter) return adapter.lora.precision;
  return base ? ownPrecision(base) : 'f32';
}

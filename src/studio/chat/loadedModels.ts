// The models that Chat holds on the GPU between two answers, with their caches of keys and values. A model that is
// being trained is not among them.
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

/** A model on the GPU, ready to write one answer. */
export interface LoadedModel {
  tokenizer: Tokenizer;
  /** The pretrained model that the weights come from: its chat template and end tokens apply. */
  pretrained: ModelRecord | undefined;
  generator: TokenGenerator;
  /** To be called when the answer is written. */
  done(): void;
}

/** Frozen weights on the GPU; `key` names the model and its precision there. */
interface Base {
  key: string;
  weights: Weights;
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
 * stay too: the next turn, another adapter or the base alone then load and compute only what is new.
 */
export class LoadedModels {
  #base: Base | undefined;
  /** In order of use, latest last, here and below. */
  readonly #adapters = new Map<Id, Adapter>();
  /** Idle decoders, by the adapter's id or the base's key. */
  readonly #decoders = new Map<string, TokenGenerator>();

  constructor(private readonly db: AtelierDb) {}

  /**
   * The model of a checkpoint or a pretrained one, loaded if it is not.
   *
   * @param bare the base without its adapter
   * @throws checkpoint-*, model-*, base-missing
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

  /** A cache whose weights are still loaded waits for the next turn of its conversation. */
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

/** Chat uses the base in the precision that the adapter was trained with. */
function precisionOf({ base, adapter }: OpenWeights): FrozenPrecision {
  if (adapter) return adapter.lora.precision;
  return base ? ownPrecision(base) : 'f32';
}

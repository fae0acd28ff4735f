import type { FrozenPrecision, Id, ModelRecord } from '../base/records';
import type { Tokenizer } from '../data/tokenizer';
import type { Adapter } from '../engine/adapter';
import { createDecoder, type Decoder } from '../engine/decoder';
import { modelFor } from '../engine/models/modelFor';
import { disposeWeights, uploadFrozen, type Weights } from '../engine/weights';
import type { AtelierDb } from '../storage/db';
import { uploadedAdapter } from './adapting';
import { publishedModel } from './published';
import { loadTokenizer } from './tokenizers';
import { openWeights, type OpenWeights } from './weights';

/** Someone to talk to. */
export interface Speaker {
  tokenizer: Tokenizer;
  /** The published model that the weights come from, whose template and end tokens are theirs. */
  published: ModelRecord | undefined;
  decoder: Decoder;
}

/**
 * Keeps the model that was talked to last on the GPU, so that the next answer begins at once; and the adapter beside it: another adapter of the
 * same base, or the base alone, needs no more than its own weights.
 */
export class Speakers {
  #base: { key: string; weights: Weights } | undefined;
  #adapter: { id: Id; adapter: Adapter } | undefined;

  constructor(private readonly db: AtelierDb) {}

  /**
   * @param weightsId of a checkpoint or a kept model @param bare the base without the adapter
   * Throws checkpoint-*, model-*, base-missing.
   */
  async speaker(weightsId: Id, bare = false): Promise<Speaker> {
    const source = await openWeights(this.db, weightsId);
    const tokenizer = await loadTokenizer(this.db, source.tokenizerId);
    const published = await publishedModel(this.db, weightsId);
    const weights = await this.#baseOf(source, weightsId);
    const adapter = source.adapter && !bare ? await this.#adapterOf(source, weightsId) : undefined;
    const model = modelFor(source.model, weights, adapter && { adapter });
    return { tokenizer, published, decoder: createDecoder(model) };
  }

  /** Frees the GPU memory of the model that was talked to last. */
  release(): void {
    this.#releaseAdapter();
    if (this.#base) disposeWeights(this.#base.weights);
    this.#base = undefined;
  }

  /** The device is gone, and with it the weights: there is nothing to free. */
  forget(): void {
    this.#adapter = undefined;
    this.#base = undefined;
  }

  #releaseAdapter(): void {
    if (this.#adapter) disposeWeights(this.#adapter.adapter.weights);
    this.#adapter = undefined;
  }

  async #baseOf(source: OpenWeights, weightsId: Id): Promise<Weights> {
    const precision = precisionOf(source);
    const key = `${source.base?.id ?? weightsId} ${precision}`;
    if (this.#base?.key !== key) {
      this.release();
      this.#base = { key, weights: await uploadFrozen(source.model, precision, source.read) };
    }
    return this.#base.weights;
  }

  async #adapterOf(source: OpenWeights, id: Id): Promise<Adapter> {
    if (this.#adapter?.id !== id) {
      this.#releaseAdapter();
      this.#adapter = { id, adapter: await uploadedAdapter(source, source.adapter!.config, 0) };
    }
    return this.#adapter.adapter;
  }
}

/** An adapter is heard beside the weights that it was trained beside; a published model in 16 bits where its files have no more. */
function precisionOf({ base, adapter }: OpenWeights): FrozenPrecision {
  if (adapter) return adapter.config.precision;
  return base && base.tensors.every(({ dtype }) => dtype !== 'F32') ? 'f16' : 'f32';
}

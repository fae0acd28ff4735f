import type { Id } from '../base/records';
import type { Tokenizer } from '../data/tokenizer';
import { createDecoder, type Decoder } from '../engine/decoder';
import type { Model } from '../engine/models/model';
import { modelFor } from '../engine/models/modelFor';
import { disposeWeights, uploadWeights } from '../engine/weights';
import type { AtelierDb } from '../storage/db';
import { loadTokenizer } from './tokenizers';
import { openWeights, tensorsOf } from './weights';

/** A model that can be talked to, with the weights of a checkpoint on the GPU. */
interface Speaker {
  weightsId: Id;
  model: Model;
  tokenizer: Tokenizer;
}

/** Keeps the model that was talked to last on the GPU, so that the next answer begins at once. */
export class Speakers {
  #last: Speaker | undefined;

  constructor(private readonly db: AtelierDb) {}

  /** @param weightsId of a checkpoint or a kept model. Throws checkpoint-*, model-*, base-missing. */
  async speaker(weightsId: Id): Promise<{ tokenizer: Tokenizer; decoder: Decoder }> {
    if (this.#last?.weightsId !== weightsId) {
      this.release();
      this.#last = await this.#load(weightsId);
    }
    const { tokenizer, model } = this.#last;
    return { tokenizer, decoder: createDecoder(model) };
  }

  /** Frees the GPU memory of the model that was talked to last. */
  release(): void {
    if (this.#last) disposeWeights(this.#last.model.weights);
    this.#last = undefined;
  }

  /** The device is gone, and with it the weights: there is nothing to free. */
  forget(): void {
    this.#last = undefined;
  }

  async #load(weightsId: Id): Promise<Speaker> {
    const source = await openWeights(this.db, weightsId);
    const tokenizer = await loadTokenizer(this.db, source.tokenizerId);
    const weights = await uploadWeights(source.model, tensorsOf(source));
    return { weightsId, tokenizer, model: modelFor(source.model, weights) };
  }
}

import type { Id } from '../base/records';
import type { Tokenizer } from '../data/tokenizer';
import { createDecoder, type Decoder } from '../engine/decoder';
import type { Model } from '../engine/models/model';
import { modelFor } from '../engine/models/modelFor';
import { disposeWeights, uploadWeights } from '../engine/weights';
import type { AtelierDb } from '../storage/db';
import { openCheckpoint } from '../storage/checkpoints';
import { weightsOf } from './startRun';
import { loadTokenizer } from './tokenizers';

/** A model that can be talked to, with the weights of a checkpoint on the GPU. */
interface Speaker {
  checkpointId: Id;
  model: Model;
  tokenizer: Tokenizer;
}

/** Keeps the model that was talked to last on the GPU, so that the next answer begins at once. */
export class Speakers {
  #last: Speaker | undefined;

  constructor(private readonly db: AtelierDb) {}

  /** Throws checkpoint-missing or checkpoint-damaged. */
  async speaker(checkpointId: Id): Promise<{ tokenizer: Tokenizer; decoder: Decoder }> {
    if (this.#last?.checkpointId !== checkpointId) {
      this.release();
      this.#last = await this.#load(checkpointId);
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

  async #load(checkpointId: Id): Promise<Speaker> {
    const source = await openCheckpoint(this.db, checkpointId);
    const { model: config, tokenizerId } = source.manifest;
    const tokenizer = await loadTokenizer(this.db, tokenizerId);
    return { checkpointId, tokenizer, model: modelFor(config, await uploadWeights(config, weightsOf(source))) };
  }
}

// The forms in which weights can be saved, side by side before one is chosen: sizes as they will be written, losses as
// they were measured. Nothing here is estimated.
import type { FormLoss } from '../records/checkpoint';
import type { ModelKind } from './exportKinds';

/**
 * Kinds whose file has numbers of its own. The zip for Ollama holds the GGUF in 8 bits, so it is no form beside that.
 */
export const FORM_KINDS = [
  'safetensors',
  'gguf-f16',
  'gguf-q8',
  'gguf-q4-k-m',
  'gguf-q4',
  'peft',
  'gguf-lora',
] as const satisfies readonly ModelKind[];
export type FormKind = (typeof FORM_KINDS)[number];

export interface FormFacts {
  kind: FormKind;
  /** Of the whole file. */
  bytes: number;
  /** Of the weights in memory, with the base of an adapter. */
  weightBytes: number;
  /** Of the keys and values of a whole context. */
  cacheBytes: number;
  /** Numbers that the weights are written in; those of an adapter. */
  precision: string;
  measured?: FormLoss;
}

/** Why no loss can be measured: a stored model and an adapter from elsewhere have no held-out rows here. */
export type Unmeasurable = 'no-run' | 'no-data' | 'no-held-out';

export interface FormsOfWeights {
  forms: FormFacts[];
  /** Tokens that the model sees at once. */
  context: number;
  /** The validation loss that the run measured on these weights, in its own precision. */
  recorded?: number;
  /** The run learned from pairs: the loss is that of the chosen answers. */
  ofChosen?: true;
  unmeasurable?: Unmeasurable;
}

// A pretrained model as it is stored, and the adapter that stands beside one. Weights of runs: `checkpoint.ts`.
import type { Sampling, TemplateTokens } from '../chat';
import type { LoraShape } from '../lora';
import type { ModelShape } from '../modelShape';
import type { TensorSpec } from '../numbers/tensorData';
import type { Id, NamedRecord } from './named';

/** Where a model came from: another machine finds the same files there. */
export interface HubOrigin {
  /** Address of the hub, without a path. */
  hub: string;
  /** `owner/name`. */
  repo: string;
  /** The commit, so that all files are of one state. */
  revision: string;
}

/**
 * A tensor of a kept model, in the engine's layout and the number format of its files; `offset` counts over all chunks.
 */
export interface ModelTensor extends TensorSpec {
  offset: number;
}

/** Code and facts of an AtelierError that refuses nothing. */
export interface Notice {
  code: string;
  facts: Record<string, string | number>;
}

/** A published model as it was opened: kept once, never changed, read by every run that tunes it. */
export interface ModelRecord extends NamedRecord {
  /** The name of the folder or zip, of the folder on the studio's own origin, or of the repository. */
  source: string;
  /** Absent for files of this machine, and in records of versions that did not keep it. */
  hub?: HubOrigin;
  /** As the model's card names it; absent where nothing says. */
  licence?: string;
  model: ModelShape;
  /** Of one that was opened from a GGUF: how many of its matrices have each type, the most frequent first. */
  gguf?: { types: Record<string, number> };
  tokenizerId: Id;
  /** Jinja, as published; absent for a model that knows no conversations. */
  chatTemplate?: string;
  /**
   * What its tokenizer_config.json calls tokens; absent where it names none, and in records of versions that did not
   * read it.
   */
  templateTokens?: TemplateTokens;
  /** Ids that end a text or a reply. */
  endTokenIds: number[];
  /** Ids that begin a text and fill a batch, as its files name them. */
  bosTokenId?: number;
  padTokenId?: number;
  /** How its files ask it to be sampled; absent in records of versions that did not read it. */
  sampling?: Partial<Omit<Sampling, 'seed'>>;
  /** Of a classifier: from which probability on a class counts, as its files or a person say. */
  thresholds?: number[];
  parameters: number;
  tensors: ModelTensor[];
  byteLength: number;
  chunks: { bytes: number; sha256: string }[];
  /**
   * SHA-256 over the hashes of the chunks, in order: the model's identity. The platform's own hash takes no streams.
   */
  sha256: string;
  /** What a person should know of its files though they are read. */
  notices?: Notice[];
}

/** How frozen weights stand on the GPU. */
export type FrozenPrecision = 'f32' | 'f16' | 'q8' | 'q4';

/** An adapter beside a kept model, whose weights stay as they are: of a run that trains it, or from elsewhere. */
export interface Adaptation extends LoraShape {
  baseId: Id;
  baseName: string;
  /** Finds the base again when its files were opened anew. */
  baseSha256: string;
  /** Where the base came from, also where its files were opened anew from a folder. */
  baseHub?: HubOrigin;
  /** Jinja that came with the adapter; absent: conversations are written as the base's are. */
  chatTemplate?: string;
  precision: FrozenPrecision;
}

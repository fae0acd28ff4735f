import { sizeOf } from './dtype';

/** A Llama-shaped decoder: RMSNorm, RoPE, SwiGLU, grouped-query attention, tied embeddings. */
export interface ModelConfig {
  /** Rows of the embedding; at least the tokenizer's size. */
  vocabSize: number;
  hiddenSize: number;
  intermediateSize: number;
  layers: number;
  heads: number;
  /** Divides `heads`. */
  kvHeads: number;
  headDim: number;
  /** The longest sequence the model was made for (`max_position_embeddings`). */
  contextLength: number;
  ropeTheta: number;
  rmsNormEps: number;
}

export interface ParameterSpec {
  name: string;
  shape: number[];
  /** Norms and embeddings do not decay by default. */
  kind: 'matrix' | 'norm' | 'embedding';
}

/**
 * The parameters as the engine holds them, in a fixed order. Matrices are [out, in]. Query, key and value are one matrix
 * (rows of q, then k, then v), gate and up another, so that a block needs fewer dispatches; `formats` splits them by rows.
 */
export function parameterSpecs(c: ModelConfig): ParameterSpec[] {
  const matrix = (name: string, out: number, into: number): ParameterSpec => ({
    name,
    shape: [out, into],
    kind: 'matrix',
  });
  const norm = (name: string): ParameterSpec => ({ name, shape: [c.hiddenSize], kind: 'norm' });
  const layer = (i: number): ParameterSpec[] => [
    norm(`layers.${i}.norm1`),
    matrix(`layers.${i}.qkv`, (c.heads + 2 * c.kvHeads) * c.headDim, c.hiddenSize),
    matrix(`layers.${i}.o`, c.hiddenSize, c.heads * c.headDim),
    norm(`layers.${i}.norm2`),
    matrix(`layers.${i}.gateUp`, 2 * c.intermediateSize, c.hiddenSize),
    matrix(`layers.${i}.down`, c.hiddenSize, c.intermediateSize),
  ];
  return [
    { name: 'embedding', shape: [c.vocabSize, c.hiddenSize], kind: 'embedding' },
    ...Array.from({ length: c.layers }, (_, i) => layer(i)).flat(),
    norm('norm'),
  ];
}

export const parameterCount = (c: ModelConfig): number => parameterSpecs(c).reduce((n, p) => n + sizeOf(p.shape), 0);

// The shape of a model and, derived from it, every parameter in order. No values.
import { sizeOf } from './numbers/dtype';

/** Published architectures that the engine runs: how a model's files are named and what its exported config says. */
export type Family = 'llama' | 'qwen2' | 'qwen3' | 'gemma3' | 'gpt2';

/** How the angles of the rotary embedding are stretched for longer texts, in the terms of transformers. */
export type RopeScaling =
  | { type: 'linear'; factor: number }
  | { type: 'llama3'; factor: number; lowFactor: number; highFactor: number; originalContext: number };

/** The classes that a text classifier tells apart, in the order of their ids: the rows of its head. */
export interface Classes {
  names: readonly string[];
  /** A text may have several of them, or none; absent: just one. */
  several?: true;
}

/** Several classes of one text stand as bits in one label, of which an int32 that is not negative has so many. */
export const MOST_SEVERAL = 31;

/** The head of a classifier [classes, hiddenSize], as transformers names it. */
export const SCORE = 'score';

/**
 * A decoder. The fields without a question mark are those of every model; the others say what differs from Llama
 * (RMSNorm, RoPE, SwiGLU, grouped-query attention, no biases, tied embeddings) and are absent in a Llama:
 * `architectureOf` fills them in.
 */
export interface ModelShape {
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
  /** ε of every norm, RMSNorm or LayerNorm. */
  normEps: number;
  /** Default llama. */
  family?: Family;
  /** `layer`: mean and variance, with weight and bias (GPT-2). Default rms. */
  norm?: 'rms' | 'layer';
  /** RMSNorm multiplies by offset + weight (Gemma: 1). Default 0. */
  normOffset?: 0 | 1;
  /**
   * What attention and feed-forward give is normed before it is added to the residual stream (Gemma 3). Default false.
   */
  outputNorms?: boolean;
  /** `geluTanh`: GELU by its tanh formula, as GPT-2 and Gemma have it. Default silu. */
  activation?: 'silu' | 'gelu' | 'geluTanh';
  /** The feed-forward is activation(gate)·up; else activation(up). Default true. */
  gated?: boolean;
  qkvBias?: boolean;
  /** Of the projection after attention. */
  outputBias?: boolean;
  /** Of both matrices of the feed-forward. */
  feedForwardBias?: boolean;
  /** RMSNorm over each query and key head, before the rotary embedding (Qwen 3, Gemma 3). */
  qkNorm?: boolean;
  /** `learned`: a row per position is added to the token's (GPT-2), up to `contextLength`. Default rope. */
  positions?: 'rope' | 'learned';
  ropeScaling?: RopeScaling;
  /** Tokens that a sliding layer sees, itself included. */
  slidingWindow?: number;
  /** Per layer: whether it sees `slidingWindow` tokens only. Absent: none does. */
  slidingLayers?: boolean[];
  /** Base of the rotary embedding in sliding layers, which has no scaling there (Gemma 3). Absent: as in the others. */
  slidingRopeTheta?: number;
  /** Embeddings are multiplied by this (Gemma: √hiddenSize). Default 1. */
  embeddingScale?: number;
  /** Of query·key, instead of 1/√headDim (Gemma: 1/√query_pre_attn_scalar). */
  attentionScale?: number;
  /** Logits come from the embedding; else from a matrix `head`. Default true. */
  tiedEmbeddings?: boolean;
  /**
   * It is a text classifier: in place of the next token's logits, a matrix `score` gives those of the classes after the
   * last token of a text (transformers' ForSequenceClassification). Absent: it writes text.
   */
  classes?: Classes;
}

/** How GPT-2 differs from Llama: biases everywhere, and a row for each position (Radford et al., 2019). */
export const GPT2 = {
  family: 'gpt2',
  norm: 'layer',
  gated: false,
  qkvBias: true,
  outputBias: true,
  feedForwardBias: true,
  positions: 'learned',
} as const satisfies Partial<ModelShape>;

/** A model with every default in its place; what has no default is undefined. */
export type Architecture = Required<Omit<ModelShape, OpenField>> & { [K in OpenField]: ModelShape[K] | undefined };
type OpenField = 'ropeScaling' | 'slidingWindow' | 'classes';

export function architectureOf(c: ModelShape): Architecture {
  return {
    family: 'llama',
    norm: 'rms',
    normOffset: 0,
    outputNorms: false,
    activation: 'silu',
    gated: true,
    qkvBias: false,
    outputBias: false,
    feedForwardBias: false,
    qkNorm: false,
    positions: 'rope',
    ropeScaling: undefined,
    slidingWindow: undefined,
    classes: undefined,
    slidingLayers: Array.from({ length: c.layers }, () => false),
    slidingRopeTheta: c.ropeTheta,
    embeddingScale: 1,
    attentionScale: 1 / Math.sqrt(c.headDim),
    tiedEmbeddings: true,
    ...c,
  };
}

export interface ParameterSpec {
  name: string;
  shape: number[];
  /** Only matrices decay by default, the untied head among them. */
  kind: 'matrix' | 'norm' | 'embedding' | 'bias';
}

/**
 * The parameters as the engine holds them, in a fixed order. Matrices are [out, in]. Query, key and value are one
 * matrix
 * (rows of q, then k, then v), gate and up another, so that a block needs fewer dispatches; `formats` splits them by
 * rows.
 */
export function parameterSpecs(shape: ModelShape): ParameterSpec[] {
  const c = architectureOf(shape);
  const embedding = (name: string, rows: number): ParameterSpec => ({
    name,
    shape: [rows, c.hiddenSize],
    kind: 'embedding',
  });
  return [
    embedding('embedding', c.vocabSize),
    ...(c.positions === 'learned' ? [embedding('positions', c.contextLength)] : []),
    ...Array.from({ length: c.layers }, (_, i) => layerSpecs(c, `layers.${i}.`)).flat(),
    ...norm('norm', c.hiddenSize, c.norm),
    ...(c.tiedEmbeddings || c.classes ? [] : matrix('head', c.vocabSize, c.hiddenSize, false)),
    ...scoreSpecs(shape),
  ];
}

/** The head of a classifier, which has one, else none. */
export const scoreSpecs = ({ classes, hiddenSize }: ModelShape): ParameterSpec[] =>
  classes ? matrix(SCORE, classes.names.length, hiddenSize, false) : [];

/** What stays as it is beside an adapter: a classifier's head is trained with the adapter, in full. */
export const frozenSpecs = (shape: ModelShape): ParameterSpec[] =>
  parameterSpecs(shape).filter(({ name }) => name !== SCORE);

const bias = (name: string, size: number): ParameterSpec => ({ name: `${name}.bias`, shape: [size], kind: 'bias' });

const matrix = (name: string, out: number, into: number, biased: boolean): ParameterSpec[] => [
  { name, shape: [out, into], kind: 'matrix' },
  ...(biased ? [bias(name, out)] : []),
];

const norm = (name: string, size: number, kind: 'rms' | 'layer'): ParameterSpec[] => [
  { name, shape: [size], kind: 'norm' },
  ...(kind === 'layer' ? [bias(name, size)] : []),
];

function layerSpecs(c: Architecture, prefix: string): ParameterSpec[] {
  const { hiddenSize: hidden, headDim, heads, kvHeads, intermediateSize: inner } = c;
  const named = (name: string): string => prefix + name;
  return [
    ...norm(named('norm1'), hidden, c.norm),
    ...matrix(named('qkv'), (heads + 2 * kvHeads) * headDim, hidden, c.qkvBias),
    ...(c.qkNorm ? [...norm(named('qNorm'), headDim, 'rms'), ...norm(named('kNorm'), headDim, 'rms')] : []),
    ...matrix(named('o'), hidden, heads * headDim, c.outputBias),
    ...(c.outputNorms ? norm(named('norm1Out'), hidden, c.norm) : []),
    ...norm(named('norm2'), hidden, c.norm),
    ...(c.gated
      ? matrix(named('gateUp'), 2 * inner, hidden, c.feedForwardBias)
      : matrix(named('up'), inner, hidden, c.feedForwardBias)),
    ...matrix(named('down'), hidden, inner, c.feedForwardBias),
    ...(c.outputNorms ? norm(named('norm2Out'), hidden, c.norm) : []),
  ];
}

export const parameterCount = (c: ModelShape): number => parameterSpecs(c).reduce((n, p) => n + sizeOf(p.shape), 0);

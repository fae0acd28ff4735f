// The keys and tensor names of a GGUF as the shape of a model; what the engine does not run is refused by its key.
import { GPT2, type Family, type ModelShape } from '../../../base/modelShape';
import { LARGEST_SHAPE } from '../../huggingFace/hfConfig';
import type { GgufValue } from '../ggufReading';
import { GgufFields } from './ggufFields';
import { scalingByFactors } from './ropeFactors';

const EMBEDDING = 'token_embd.weight';

/** What the shape is read from. */
export interface ShapeSource {
  file: string;
  metadata: ReadonlyMap<string, GgufValue>;
  tensors: ReadonlyMap<string, { shape: readonly number[] }>;
  /** Values of `rope_freqs.weight`, which Llama 3 has. */
  ropeFactors?: Float32Array | undefined;
}

const FAMILIES: readonly Family[] = ['llama', 'qwen2', 'qwen3', 'gemma3', 'gpt2'];

/**
 * The shape of a model, as llama.cpp reads it.
 * @throws gguf-unsupported
 */
export function readGgufShape(source: ShapeSource): ModelShape {
  const general = new GgufFields(source.metadata, source.file);
  const architecture = general.text('general.architecture');
  const family = FAMILIES.find((known) => known === architecture);
  if (!family) return general.refuse('general.architecture', architecture, FAMILIES.join(', '));
  const f = new GgufFields(source.metadata, source.file, `${family}.`);
  refuseStrangers(f);
  return READERS[family](f, source);
}

/** Keys that are read here, or that say again what the tensors say. */
const KNOWN = new Set([
  ...['block_count', 'context_length', 'embedding_length', 'feed_forward_length', 'vocab_size', 'tensor_data_layout'],
  ...['head_count', 'head_count_kv', 'layer_norm_rms_epsilon', 'layer_norm_epsilon'].map((key) => `attention.${key}`),
  ...['key_length', 'value_length', 'sliding_window', 'sliding_window_pattern'].map((key) => `attention.${key}`),
  ...['key_length_swa', 'value_length_swa'].map((key) => `attention.${key}`),
  ...['dimension_count', 'dimension_count_swa', 'freq_base', 'freq_base_swa', 'scale_linear'].map((k) => `rope.${k}`),
  ...['type', 'factor', 'original_context_length', 'finetuned'].map((key) => `rope.scaling.${key}`),
]);

/** Any other key of the architecture changes what is computed, unless it says that something is not there. */
function refuseStrangers(f: GgufFields): void {
  for (const [key, value] of f.metadata) {
    if (!key.startsWith(f.prefix)) continue;
    const name = key.slice(f.prefix.length);
    if (name === 'attention.causal' && value === true) continue;
    const neutral = value === 0 || value === false || value === '';
    if (!KNOWN.has(name) && !neutral) f.refuse(name, value, '0');
  }
}

const READERS: Record<Family, (f: GgufFields, source: ShapeSource) => ModelShape> = {
  llama: (f, source) => ({
    ...sizes(f, source),
    ...biases(source),
    ...rope(f, source),
    ...untied(source),
  }),
  qwen2: (f, source) => ({
    ...sizes(f, source),
    family: 'qwen2',
    qkvBias: true,
    ...rope(f, source),
    ...untied(source),
  }),
  qwen3: (f, source) => ({ ...sizes(f, source), family: 'qwen3', qkNorm: true, ...rope(f, source), ...untied(source) }),
  gemma3: readGemma3,
  gpt2: readGpt2,
};

/** The layers that see all tokens, one in so many; and the number of layers whose attention is scaled otherwise. */
const GEMMA = { pattern: 6, slidingTheta: 10_000, largest: 62 };

function readGemma3(f: GgufFields, source: ShapeSource): ModelShape {
  const size = sizes(f, source);
  // llama.cpp knows the 27B model by its layers, and scales by the width of the states there
  const scaled = size.layers === GEMMA.largest ? size.hiddenSize / size.heads : size.headDim;
  return {
    ...size,
    family: 'gemma3',
    normOffset: 1,
    outputNorms: true,
    activation: 'geluTanh',
    qkNorm: true,
    ...slidingOf(f, size.layers),
    ...rope(f, source),
    embeddingScale: Math.sqrt(size.hiddenSize),
    attentionScale: 1 / Math.sqrt(scaled),
    ...untied(source),
  };
}

function slidingOf(f: GgufFields, layers: number): Partial<ModelShape> {
  const window = f.get('attention.sliding_window');
  if (window === undefined || window === 0) return {};
  const pattern = f.get('attention.sliding_window_pattern') ?? GEMMA.pattern;
  const listed =
    Array.isArray(pattern) && pattern.length === layers ? pattern.map((slides) => Boolean(slides)) : undefined;
  if (!listed && typeof pattern !== 'number')
    return f.refuse('attention.sliding_window_pattern', pattern, `${GEMMA.pattern}, […] × ${layers}`);
  const every = Number(pattern);
  return {
    slidingWindow: f.integer('attention.sliding_window', LARGEST_SHAPE.context),
    slidingLayers: listed ?? Array.from({ length: layers }, (_, i) => (i + 1) % every !== 0),
    slidingRopeTheta: f.positive('rope.freq_base_swa', GEMMA.slidingTheta),
  };
}

function readGpt2(f: GgufFields, source: ShapeSource): ModelShape {
  const heads = f.integer('attention.head_count', LARGEST_SHAPE.heads);
  const hiddenSize = f.integer('embedding_length', LARGEST_SHAPE.hidden);
  if (hiddenSize % heads !== 0) f.refuse('attention.head_count', heads, `${hiddenSize} / n`);
  return {
    vocabSize: vocabularyOf(source),
    hiddenSize,
    intermediateSize: f.integer('feed_forward_length', LARGEST_SHAPE.inner, 4 * hiddenSize),
    layers: f.integer('block_count', LARGEST_SHAPE.layers),
    heads,
    kvHeads: heads,
    headDim: hiddenSize / heads,
    contextLength: f.integer('context_length', LARGEST_SHAPE.context),
    ropeTheta: 10_000, // no use is made of it
    normEps: f.positive('attention.layer_norm_epsilon'),
    ...GPT2,
    activation: 'geluTanh',
    ...untied(source),
  };
}

/** What may differ from the width of a head's keys in llama.cpp, and not here. */
const AS_WIDE_AS_KEYS = [
  ...['value_length', 'key_length_swa', 'value_length_swa'].map((key) => `attention.${key}`),
  ...['dimension_count', 'dimension_count_swa'].map((key) => `rope.${key}`),
];

function sizes(f: GgufFields, source: ShapeSource): Omit<ModelShape, 'ropeTheta'> {
  const hiddenSize = f.integer('embedding_length', LARGEST_SHAPE.hidden);
  const heads = f.integer('attention.head_count', LARGEST_SHAPE.heads);
  const kvHeads = f.integer('attention.head_count_kv', LARGEST_SHAPE.heads, heads);
  if (heads % kvHeads !== 0) f.refuse('attention.head_count_kv', kvHeads, `${heads} / n`);
  const headDim = f.integer('attention.key_length', LARGEST_SHAPE.headDim, hiddenSize / heads);
  if (headDim % 2 !== 0) f.refuse('attention.key_length', headDim, '2, 4, 6, …');
  for (const key of AS_WIDE_AS_KEYS)
    if ((f.get(key) ?? headDim) !== headDim) f.refuse(key, f.get(key), String(headDim));
  return {
    vocabSize: vocabularyOf(source),
    hiddenSize,
    intermediateSize: f.integer('feed_forward_length', LARGEST_SHAPE.inner),
    layers: f.integer('block_count', LARGEST_SHAPE.layers),
    heads,
    kvHeads,
    headDim,
    contextLength: f.integer('context_length', LARGEST_SHAPE.context),
    normEps: f.positive('attention.layer_norm_rms_epsilon'),
  };
}

function vocabularyOf({ file, tensors, metadata }: ShapeSource): number {
  const rows = tensors.get(EMBEDDING)?.shape[0];
  if (rows !== undefined && rows >= 1 && rows <= LARGEST_SHAPE.vocabulary) return rows;
  return new GgufFields(metadata, file).refuse(EMBEDDING, rows, `1 … ${LARGEST_SHAPE.vocabulary}`);
}

const untied = ({ tensors }: ShapeSource): Pick<ModelShape, 'tiedEmbeddings'> =>
  tensors.has('output.weight') ? { tiedEmbeddings: false } : {};

/** No key names them: they are there or not. */
function biases({ tensors }: ShapeSource): Partial<ModelShape> {
  return {
    ...(tensors.has('blk.0.attn_q.bias') && { qkvBias: true }),
    ...(tensors.has('blk.0.attn_output.bias') && { outputBias: true }),
    ...(tensors.has('blk.0.ffn_down.bias') && { feedForwardBias: true }),
  };
}

function rope(f: GgufFields, { ropeFactors }: ShapeSource): Pick<ModelShape, 'ropeTheta' | 'ropeScaling'> {
  const ropeTheta = f.positive('rope.freq_base', 10_000);
  const type = f.text('rope.scaling.type');
  if (type !== undefined && type !== 'none' && type !== 'linear') f.refuse('rope.scaling.type', type, 'none, linear');
  const old = f.get('rope.scale_linear');
  const factor = f.positive('rope.scaling.factor', typeof old === 'number' && old > 0 ? old : 1);
  const linear = type !== 'none' && factor !== 1;
  const scaling = ropeFactors && scalingByFactors(ropeFactors, ropeTheta);
  if (scaling === null || (scaling && linear)) return f.refuse('rope_freqs.weight', 'F32', 'Llama 3');
  const ropeScaling = scaling ?? (linear ? { type: 'linear' as const, factor } : undefined);
  return { ropeTheta, ...(ropeScaling && { ropeScaling }) };
}

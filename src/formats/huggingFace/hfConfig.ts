// Reads config.json of transformers into a model's shape, and refuses by name what the engine does not run.
import { GPT2, type Family, type ModelShape } from '../../base/modelShape';
import { Fields } from '../fields';
import { readHfClasses } from './hfClasses';
import { ropeOf, ropeOfLayerKinds } from './hfRope';

/** What a config.json says about a model that we can run. */
export interface HfModel {
  model: ModelShape;
  /** Tokens that end a text, as the file names them; empty where it names none. */
  endTokenIds: number[];
  bosTokenId?: number;
  padTokenId?: number;
}

/** How transformers calls a family; these are all that are read. */
export interface FamilyNames {
  family: Family;
  modelType: string;
  architecture: string;
  /** Of a text classifier. */
  classifier: string;
}

export const FAMILIES: readonly FamilyNames[] = [
  {
    family: 'llama',
    modelType: 'llama',
    architecture: 'LlamaForCausalLM',
    classifier: 'LlamaForSequenceClassification',
  },
  {
    family: 'qwen2',
    modelType: 'qwen2',
    architecture: 'Qwen2ForCausalLM',
    classifier: 'Qwen2ForSequenceClassification',
  },
  {
    family: 'qwen3',
    modelType: 'qwen3',
    architecture: 'Qwen3ForCausalLM',
    classifier: 'Qwen3ForSequenceClassification',
  },
  {
    family: 'gemma3',
    modelType: 'gemma3_text',
    architecture: 'Gemma3ForCausalLM',
    classifier: 'Gemma3TextForSequenceClassification',
  },
  { family: 'gpt2', modelType: 'gpt2', architecture: 'GPT2LMHeadModel', classifier: 'GPT2ForSequenceClassification' },
];

/** Sizes beyond which no model is read, whatever its file says. */
export const LARGEST_SHAPE = {
  vocabulary: 4_194_304,
  hidden: 65_536,
  inner: 1_048_576,
  layers: 1024,
  heads: 1024,
  headDim: 4096,
  context: 16_777_216,
};

/**
 * A config.json in the spelling of transformers 4 or 5, with transformers' own defaults for what is absent. What our
 * decoder does not do is refused by the name of the field, never ignored: the model would run and be wrong. Errors:
 * json-*, config-missing, config-value, config-unsupported.
 */
export function readHfConfig(text: string, file: string): HfModel {
  const fields = Fields.parse(text, file);
  const { family, classifies } = kindOf(fields);
  const shape = READERS[family](fields);
  const model = classifies ? { ...shape, classes: readHfClasses(fields) } : shape;
  const [bosTokenId] = fields.ids('bos_token_id');
  const [padTokenId] = fields.ids('pad_token_id');
  return {
    model,
    endTokenIds: fields.ids('eos_token_id'),
    ...(bosTokenId === undefined ? {} : { bosTokenId }),
    ...(padTokenId === undefined ? {} : { padTokenId }),
  };
}

const ARCHITECTURES = FAMILIES.flatMap(({ architecture, classifier }) => [architecture, classifier]);

function kindOf(f: Fields): { family: Family; classifies: boolean } {
  f.absent('quantization_config');
  const architectures = f.get('architectures');
  const named: unknown = Array.isArray(architectures) ? architectures[0] : architectures;
  if (named !== undefined) {
    const known = FAMILIES.find(({ architecture, classifier }) => named === architecture || named === classifier);
    if (!known) f.refuse('architectures', named, ARCHITECTURES.join(', '));
    f.only('model_type', known.modelType);
    return { family: known.family, classifies: named === known.classifier };
  }
  const type = f.text('model_type');
  const known = FAMILIES.find(({ modelType }) => modelType === type);
  const { family } = known ?? f.refuse('model_type', type, FAMILIES.map(({ modelType }) => modelType).join(', '));
  return { family, classifies: false };
}

const READERS: Record<Family, (f: Fields) => ModelShape> = {
  llama: readLlama,
  qwen2: readQwen2,
  qwen3: readQwen3,
  gemma3: readGemma3,
  gpt2: readGpt2,
};

function readLlama(f: Fields): ModelShape {
  f.only('rope_interleaved', false);
  f.only('pretraining_tp', 1);
  f.only('use_sliding_window', false);
  f.absent('sliding_window');
  const biased = f.boolean('attention_bias', false);
  return {
    ...sizes(f, { context: 2048 }),
    ...activation(f, 'hidden_act', 'silu'),
    ...(biased && { qkvBias: true, outputBias: true }),
    ...(f.boolean('mlp_bias', false) && { feedForwardBias: true }),
    ...ropeOf(f),
    ...untied(f, false),
  };
}

function readQwen2(f: Fields): ModelShape {
  return {
    ...sizes(f, { context: 32_768 }),
    family: 'qwen2',
    ...activation(f, 'hidden_act', 'silu'),
    qkvBias: true, // in the architecture, never in the file
    ...qwenWindow(f),
    ...ropeOf(f),
    ...untied(f, false),
  };
}

function readQwen3(f: Fields): ModelShape {
  return {
    ...sizes(f, { context: 32_768, headDim: 128 }),
    family: 'qwen3',
    ...activation(f, 'hidden_act', 'silu'),
    ...(f.boolean('attention_bias', false) && { qkvBias: true, outputBias: true }),
    qkNorm: true,
    ...qwenWindow(f),
    ...ropeOf(f),
    ...untied(f, false),
  };
}

function readGemma3(f: Fields): ModelShape {
  f.absent('attn_logit_softcapping', 'final_logit_softcapping');
  f.only('use_bidirectional_attention', false);
  const size = sizes(f, { context: 131_072, headDim: 256 });
  const pattern = f.integer('_sliding_window_pattern', 1024, f.integer('sliding_window_pattern', 1024, 6));
  return {
    ...size,
    family: 'gemma3',
    normOffset: 1,
    outputNorms: true,
    ...activation(
      f,
      f.get('hidden_activation') === undefined ? 'hidden_act' : 'hidden_activation',
      'gelu_pytorch_tanh',
    ),
    ...(f.boolean('attention_bias', false) && { qkvBias: true, outputBias: true }),
    qkNorm: true,
    slidingWindow: f.integer('sliding_window', LARGEST_SHAPE.context, 4096),
    slidingLayers: layerTypes(f, size.layers) ?? Array.from({ length: size.layers }, (_, i) => (i + 1) % pattern !== 0),
    ...ropeOfLayerKinds(f),
    embeddingScale: Math.sqrt(size.hiddenSize),
    attentionScale: 1 / Math.sqrt(f.positive('query_pre_attn_scalar', 256)),
    ...untied(f, true),
  };
}

function readGpt2(f: Fields): ModelShape {
  f.only('scale_attn_weights', true);
  f.only('scale_attn_by_inverse_layer_idx', false);
  f.only('add_cross_attention', false);
  const hiddenSize = f.integer('n_embd', LARGEST_SHAPE.hidden, 768);
  const heads = f.integer('n_head', LARGEST_SHAPE.heads, 12);
  if (hiddenSize % heads !== 0) f.wrong('n_embd', hiddenSize, multiplesOf(heads));
  return {
    vocabSize: f.integer('vocab_size', LARGEST_SHAPE.vocabulary, 50_257),
    hiddenSize,
    intermediateSize: f.integer('n_inner', LARGEST_SHAPE.inner, 4 * hiddenSize),
    layers: f.integer('n_layer', LARGEST_SHAPE.layers, 12),
    heads,
    kvHeads: heads,
    headDim: hiddenSize / heads,
    contextLength: f.integer('n_positions', LARGEST_SHAPE.context, f.integer('n_ctx', LARGEST_SHAPE.context, 1024)),
    ropeTheta: 10_000, // no use is made of it
    normEps: f.positive('layer_norm_epsilon', 1e-5),
    ...GPT2,
    ...activation(f, 'activation_function', 'gelu_new'),
    ...untied(f, true),
  };
}

const multiplesOf = (n: number): string => `${n}, ${2 * n}, ${3 * n}, …`;
const divisorsOf = (n: number): string =>
  Array.from({ length: n }, (_, i) => i + 1)
    .filter((k) => n % k === 0)
    .join(', ');

/** The fields that all but GPT-2 share; `absent` are the family's defaults. */
function sizes(f: Fields, absent: { context: number; headDim?: number }): Omit<ModelShape, 'ropeTheta'> {
  f.only('partial_rotary_factor', 1);
  const hiddenSize = f.integer('hidden_size', LARGEST_SHAPE.hidden);
  const heads = f.integer('num_attention_heads', LARGEST_SHAPE.heads);
  const kvHeads = f.integer('num_key_value_heads', LARGEST_SHAPE.heads, heads);
  if (heads % kvHeads !== 0) f.wrong('num_key_value_heads', kvHeads, divisorsOf(heads));
  const shared = absent.headDim ?? hiddenSize / heads;
  if (f.get('head_dim') === undefined && !Number.isInteger(shared))
    f.wrong('hidden_size', hiddenSize, multiplesOf(heads));
  const headDim = f.integer('head_dim', LARGEST_SHAPE.headDim, shared);
  if (headDim % 2 !== 0) f.wrong('head_dim', headDim, '2, 4, 6, …');
  return {
    vocabSize: f.integer('vocab_size', LARGEST_SHAPE.vocabulary),
    hiddenSize,
    intermediateSize: f.integer('intermediate_size', LARGEST_SHAPE.inner),
    layers: f.integer('num_hidden_layers', LARGEST_SHAPE.layers),
    heads,
    kvHeads,
    headDim,
    contextLength: f.integer('max_position_embeddings', LARGEST_SHAPE.context, absent.context),
    normEps: f.positive('rms_norm_eps', 1e-6),
  };
}

/** Names of transformers. `gelu_new` and `gelu_pytorch_tanh` are one formula. */
export const ACTIVATIONS: ReadonlyMap<string, NonNullable<ModelShape['activation']>> = new Map([
  ['silu', 'silu'],
  ['swish', 'silu'],
  ['gelu', 'gelu'],
  ['gelu_new', 'geluTanh'],
  ['gelu_pytorch_tanh', 'geluTanh'],
]);

function activation(f: Fields, field: string, absent: string): Pick<ModelShape, 'activation'> {
  const name = f.text(field) ?? absent;
  const known = ACTIVATIONS.get(name);
  if (!known) return f.refuse(field, name, [...ACTIVATIONS.keys()].join(', '));
  return known === 'silu' ? {} : { activation: known };
}

const untied = (f: Fields, absent: boolean): Pick<ModelShape, 'tiedEmbeddings'> =>
  f.boolean('tie_word_embeddings', absent) ? {} : { tiedEmbeddings: false };

/** In Qwen the window is there only where `use_sliding_window` says so, from layer `max_window_layers` on. */
function qwenWindow(f: Fields): Pick<ModelShape, 'slidingWindow' | 'slidingLayers'> {
  if (!f.boolean('use_sliding_window', false)) return {};
  const layers = f.integer('num_hidden_layers', LARGEST_SHAPE.layers);
  const from = f.get('max_window_layers') === 0 ? 0 : f.integer('max_window_layers', LARGEST_SHAPE.layers, 28);
  const slidingLayers = layerTypes(f, layers) ?? Array.from({ length: layers }, (_, i) => i >= from);
  if (!slidingLayers.includes(true)) return {};
  return { slidingWindow: f.integer('sliding_window', LARGEST_SHAPE.context, 4096), slidingLayers };
}

/** Which layers slide, by `layer_types`; undefined where the file has none. */
function layerTypes(f: Fields, layers: number): boolean[] | undefined {
  const types = f.get('layer_types');
  if (types === undefined) return undefined;
  if (!Array.isArray(types) || types.length !== layers) return f.wrong('layer_types', types, `[…] × ${layers}`);
  const odd: unknown = types.find((t) => t !== 'full_attention' && t !== 'sliding_attention');
  if (odd !== undefined) f.refuse('layer_types', odd, 'full_attention, sliding_attention');
  return types.map((t) => t === 'sliding_attention');
}

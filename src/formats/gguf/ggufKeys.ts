// The keys of a GGUF file that describe a model's shape, and which shapes llama.cpp has no keys for.
import { AtelierError } from '../../base/errors/errors';
import { architectureOf, parameterCount, type Architecture, type Family, type ModelShape } from '../../base/modelShape';
import type { GgufEntry } from './gguf';
import type { GgufEncoding } from './ggufMixture';

/** What is known about the model besides its weights, for `general.*`. Absent facts are left out. */
export interface GgufFacts {
  name: string;
  license?: string;
  description?: string;
  /** The repository that the model was tuned from, such as `HuggingFaceTB/SmolLM2-135M`. */
  baseModel?: string;
}

/** `general.file_type`: what most of the weights are. */
const FILE_TYPE: Record<GgufEncoding, number> = { F32: 0, F16: 1, Q4_0: 2, Q8_0: 7, Q4_K_M: 15, BF16: 32 };

/**
 * The keys of a model, in the order of the reference converter; those of the tokenizer follow.
 * @throws gguf-unwritable
 */
export function ggufEntries(shape: ModelShape, type: GgufEncoding, facts: GgufFacts): GgufEntry[] {
  const c = architectureOf(shape);
  checkWritable(c);
  return [
    ['general.architecture', 'string', c.family],
    ['general.type', 'string', 'model'],
    ...generalEntries(facts),
    ['general.size_label', 'string', sizeLabel(parameterCount(shape))],
    ...architectureEntries(c),
    ['general.quantization_version', 'u32', 2],
    ['general.file_type', 'u32', FILE_TYPE[type]],
  ];
}

export function generalEntries({ name, license, description, baseModel }: GgufFacts): GgufEntry[] {
  const text = (key: string, value: string | undefined): GgufEntry[] =>
    value === undefined ? [] : [[`general.${key}`, 'string', value]];
  const [organization, repository] = baseModel?.split('/') ?? [];
  const base: GgufEntry[] =
    organization === undefined || repository === undefined
      ? []
      : [
          ['general.base_model.count', 'u32', 1],
          ['general.base_model.0.name', 'string', repository],
          ['general.base_model.0.organization', 'string', organization],
          ['general.base_model.0.repo_url', 'string', `https://huggingface.co/${organization}/${repository}`],
        ];
  return [...text('name', name), ...text('description', description), ...text('license', license), ...base];
}

/** As files are named: 135M, 1.2B. */
export function sizeLabel(parameters: number): string {
  const [unit, letter] = parameters >= 1e9 ? [1e9, 'B'] : parameters >= 1e6 ? [1e6, 'M'] : [1e3, 'K'];
  const count = parameters / unit;
  return `${count >= 10 ? Math.round(count) : Number(count.toFixed(1))}${letter}`;
}

function architectureEntries(c: Architecture): GgufEntry[] {
  const key = (name: string): string => `${c.family}.${name}`;
  const shared: GgufEntry[] = [
    [key('block_count'), 'u32', c.layers],
    [key('context_length'), 'u32', c.contextLength],
    [key('embedding_length'), 'u32', c.hiddenSize],
    [key('feed_forward_length'), 'u32', c.intermediateSize],
    [key('attention.head_count'), 'u32', c.heads],
  ];
  if (c.norm === 'layer') return [...shared, [key('attention.layer_norm_epsilon'), 'f32', c.normEps]];
  return [
    ...shared,
    [key('attention.head_count_kv'), 'u32', c.kvHeads],
    [key('attention.layer_norm_rms_epsilon'), 'f32', c.normEps],
    [key('attention.key_length'), 'u32', c.headDim],
    [key('attention.value_length'), 'u32', c.headDim],
    [key('rope.dimension_count'), 'u32', c.headDim],
    [key('rope.freq_base'), 'f32', c.ropeTheta],
    ...scalingEntries(c, key),
    [key('vocab_size'), 'u32', c.vocabSize],
  ];
}

function scalingEntries(c: Architecture, key: (name: string) => string): GgufEntry[] {
  const window: GgufEntry[] =
    c.family === 'gemma3' && c.slidingWindow !== undefined
      ? [
          [key('attention.sliding_window'), 'u32', c.slidingWindow],
          [key('rope.freq_base_swa'), 'f32', c.slidingRopeTheta],
        ]
      : [];
  const linear: GgufEntry[] =
    c.ropeScaling?.type === 'linear'
      ? [
          [key('rope.scaling.type'), 'string', 'linear'],
          [key('rope.scaling.factor'), 'f32', c.ropeScaling.factor],
        ]
      : [];
  return [...linear, ...window];
}

/** Which layers slide, and by which base, stands in llama.cpp's code for Gemma 3, not in the file. */
const GEMMA_PATTERN = 6;
const GEMMA_SLIDING_THETA = 10_000;

/** Refuses what llama.cpp's graph of the family does otherwise: the file would load and answer wrongly. */
export function checkWritable(c: Architecture): void {
  const refuse = (field: keyof ModelShape, supported: string | number): never => {
    throw new AtelierError('gguf-unwritable', { family: c.family, field, found: JSON.stringify(c[field]), supported });
  };
  const activation = ACTIVATION[c.family];
  if (c.activation !== activation) refuse('activation', activation);
  // its loader makes the queries of these two as wide as the states, those of the others as wide as their keys say
  const asWide = c.family === 'qwen2' || c.family === 'gpt2';
  if (asWide && c.heads * c.headDim !== c.hiddenSize) refuse('headDim', `${c.hiddenSize}/${c.heads}`);
  if (!close(c.attentionScale, 1 / Math.sqrt(c.headDim))) refuse('attentionScale', '1/√headDim');
  const scale = c.family === 'gemma3' ? Math.sqrt(c.hiddenSize) : 1;
  if (!close(c.embeddingScale, scale)) refuse('embeddingScale', scale);
  if (c.ropeScaling?.type === 'llama3' && c.family !== 'llama') refuse('ropeScaling', 'null, linear');
  const biased = c.family === 'llama' || c.family === 'gpt2';
  if (c.outputBias && !biased) refuse('outputBias', 'false');
  if (c.qkvBias && !biased && c.family !== 'qwen2') refuse('qkvBias', 'false');
  if (c.family === 'gemma3') checkGemma(c, refuse);
  else if (c.slidingLayers.includes(true)) refuse('slidingLayers', 'false');
}

const close = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.abs(b);

const ACTIVATION: Record<Family, Architecture['activation']> = {
  llama: 'silu',
  qwen2: 'silu',
  qwen3: 'silu',
  gemma3: 'geluTanh',
  gpt2: 'geluTanh',
};

function checkGemma(c: Architecture, refuse: (field: keyof ModelShape, supported: string | number) => never): void {
  if (!c.slidingLayers.every((slides, i) => slides === ((i + 1) % GEMMA_PATTERN !== 0)))
    refuse('slidingLayers', `(i + 1) % ${GEMMA_PATTERN} ≠ 0`);
  if (c.slidingRopeTheta !== GEMMA_SLIDING_THETA) refuse('slidingRopeTheta', GEMMA_SLIDING_THETA);
}

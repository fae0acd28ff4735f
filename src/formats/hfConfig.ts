import { AtelierError } from '../base/errors/errors';
import type { ModelConfig } from '../base/modelConfig';
import { isObject, own, parseJson, shown, type JsonObject } from './json';

/** What a config.json says about a model that we can run. */
export interface HfModel {
  model: ModelConfig;
  /** Tokens that end a text, as the file names them; empty where it names none. */
  endTokenIds: number[];
}

/**
 * A Llama config.json, in the spelling of transformers 4 or 5. What our decoder does not do is refused by the name of the
 * field, never ignored: the model would run and be wrong. Errors: json-*, config-missing, config-value, config-unsupported.
 */
export function readHfConfig(text: string, file: string): HfModel {
  const value = parseJson(text, file);
  if (!isObject(value))
    throw new AtelierError('config-value', { file, field: '(all)', found: shown(value), expected: '{…}' });
  const fields = new Fields(value, file);
  checkArchitecture(fields);
  checkSwitches(fields);
  return { model: modelOf(fields), endTokenIds: endTokens(fields) };
}

/** The fields of a JSON object, read with checks; errors name the field and what it holds. */
class Fields {
  constructor(
    readonly object: JsonObject,
    readonly file: string,
  ) {}

  get(field: string): unknown {
    return own(this.object, field) ?? undefined;
  }

  /** Refuses a field that is there and is none of `allowed`; `supported` is said in the error. */
  only(field: string, allowed: readonly unknown[], supported: string): void {
    const found = this.get(field);
    if (found !== undefined && !allowed.includes(found)) this.refuse(field, found, supported);
  }

  refuse(field: string, found: unknown, supported: string): never {
    throw new AtelierError('config-unsupported', { file: this.file, field, found: shown(found), supported });
  }

  wrong(field: string, found: unknown, expected: string): never {
    throw new AtelierError('config-value', { file: this.file, field, found: shown(found), expected });
  }

  integer(field: string, max: number, absent?: number): number {
    const value = this.get(field) ?? absent;
    if (value === undefined) throw new AtelierError('config-missing', { file: this.file, field });
    if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > max) {
      this.wrong(field, value, `1 … ${max}`);
    }
    return value as number;
  }

  positive(field: string, value: unknown): number {
    if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) this.wrong(field, value, '> 0');
    return value;
  }
}

function checkArchitecture(f: Fields): void {
  const architectures = f.get('architectures');
  if (architectures !== undefined) {
    const first: unknown = Array.isArray(architectures) ? architectures[0] : architectures;
    if (first !== 'LlamaForCausalLM') f.refuse('architectures', first, 'LlamaForCausalLM');
  }
  const type = f.get('model_type');
  if (type === undefined && architectures === undefined)
    throw new AtelierError('config-missing', { file: f.file, field: 'model_type' });
  f.only('model_type', ['llama'], 'llama');
}

function checkSwitches(f: Fields): void {
  f.only('hidden_act', ['silu', 'swish'], 'silu');
  f.only('attention_bias', [false], 'false');
  f.only('mlp_bias', [false], 'false');
  f.only('rope_interleaved', [false], 'false');
  f.only('partial_rotary_factor', [1], '1');
  f.only('pretraining_tp', [1], '1');
  f.only('use_sliding_window', [false], 'false');
  if (f.get('quantization_config') !== undefined) f.refuse('quantization_config', f.get('quantization_config'), 'none');
  // Absent means false: the default of transformers for Llama.
  const tied = f.get('tie_word_embeddings') ?? false;
  if (tied !== true) f.refuse('tie_word_embeddings', tied, 'true');
}

/** Angles of the rotary embedding: `rope_theta` with `rope_scaling` (4), or `rope_parameters` (5). */
function ropeTheta(f: Fields): number {
  const field = f.get('rope_parameters') === undefined ? 'rope_scaling' : 'rope_parameters';
  const rope = f.get(field);
  if (rope !== undefined && !isObject(rope)) f.wrong(field, rope, '{…}');
  const inner: JsonObject = rope ?? {};
  const type = own(inner, 'rope_type') ?? own(inner, 'type') ?? 'default';
  if (type !== 'default') f.refuse(field, type, 'default');
  if (own(inner, 'partial_rotary_factor') !== undefined && own(inner, 'partial_rotary_factor') !== 1) {
    f.refuse(`${field}.partial_rotary_factor`, own(inner, 'partial_rotary_factor'), '1');
  }
  return f.positive('rope_theta', own(inner, 'rope_theta') ?? f.get('rope_theta') ?? 10_000);
}

function modelOf(f: Fields): ModelConfig {
  const hiddenSize = f.integer('hidden_size', 65_536);
  const heads = f.integer('num_attention_heads', 1024);
  const kvHeads = f.integer('num_key_value_heads', 1024, heads);
  if (heads % kvHeads !== 0) f.wrong('num_key_value_heads', kvHeads, `a divisor of ${heads}`);
  if (f.get('head_dim') === undefined && hiddenSize % heads !== 0)
    f.wrong('hidden_size', hiddenSize, `a multiple of ${heads}`);
  const headDim = f.integer('head_dim', 4096, hiddenSize / heads);
  if (headDim % 2 !== 0) f.wrong('head_dim', headDim, '2, 4, 6, …');
  return {
    vocabSize: f.integer('vocab_size', 4_194_304),
    hiddenSize,
    intermediateSize: f.integer('intermediate_size', 1_048_576),
    layers: f.integer('num_hidden_layers', 1024),
    heads,
    kvHeads,
    headDim,
    contextLength: f.integer('max_position_embeddings', 16_777_216, 2048),
    ropeTheta: ropeTheta(f),
    rmsNormEps: f.positive('rms_norm_eps', f.get('rms_norm_eps') ?? 1e-6),
  };
}

function endTokens(f: Fields): number[] {
  const value = f.get('eos_token_id');
  const ids: unknown[] = value === undefined ? [] : Array.isArray(value) ? value : [value];
  if (!ids.every((id): id is number => Number.isSafeInteger(id) && (id as number) >= 0)) {
    f.wrong('eos_token_id', value, '0, 1, 2, …');
  }
  return ids;
}

const pretty = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** config.json for transformers (LlamaForCausalLM). RoPE stands in both spellings: 4 reads rope_theta, 5 rope_parameters. */
export function writeHfConfig(model: ModelConfig, endId: number): string {
  return pretty({
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: model.vocabSize,
    hidden_size: model.hiddenSize,
    intermediate_size: model.intermediateSize,
    num_hidden_layers: model.layers,
    num_attention_heads: model.heads,
    num_key_value_heads: model.kvHeads,
    head_dim: model.headDim,
    hidden_act: 'silu',
    max_position_embeddings: model.contextLength,
    rms_norm_eps: model.rmsNormEps,
    rope_theta: model.ropeTheta,
    rope_scaling: null,
    rope_parameters: { rope_type: 'default', rope_theta: model.ropeTheta },
    tie_word_embeddings: true,
    attention_bias: false,
    attention_dropout: 0,
    mlp_bias: false,
    initializer_range: 0.02,
    use_cache: true,
    bos_token_id: endId,
    eos_token_id: endId,
    pad_token_id: endId,
    torch_dtype: 'float32',
  });
}

export interface GenerationFacts {
  endId: number;
  temperature: number;
  topK: number;
  topP: number;
  maxTokens: number;
}

/** generation_config.json; temperature 0 means the most likely token each time, which transformers calls do_sample false. */
export function writeGenerationConfig(facts: GenerationFacts): string {
  const ids = { bos_token_id: facts.endId, eos_token_id: facts.endId, pad_token_id: facts.endId };
  if (facts.temperature === 0) return pretty({ ...ids, do_sample: false, max_new_tokens: facts.maxTokens });
  const sampling = { temperature: facts.temperature, top_k: facts.topK, top_p: facts.topP };
  return pretty({ ...ids, do_sample: true, ...sampling, max_new_tokens: facts.maxTokens });
}

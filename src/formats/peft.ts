import { AtelierError } from '../base/errors/errors';
import { loraSpecs, loraTargets, type LoraConfig } from '../base/lora';
import { architectureOf, type ModelConfig } from '../base/modelConfig';
import { sizeOf } from '../base/dtype';
import type { TensorSpec } from '../base/tensorData';
import { adapterTensors, moduleNameOf, type AdapterTensor } from './adapterTensors';
import { Fields } from './fields';
import { fromFloat32 } from './floats';
import { pretty } from './hfConfigWriting';
import { readTensorRows, type ReadRows } from './modelTensors';
import type { PlacedTensor } from './shards';

export const ADAPTER_CONFIG = 'adapter_config.json';
export const ADAPTER_WEIGHTS = 'adapter_model.safetensors';

/** What an adapter was trained beside. */
export interface AdapterBase {
  /** A repository, or what else the model is called. */
  name?: string;
  /** The commit of that repository. */
  revision?: string;
}

/** adapter_config.json for PEFT, ready for use; what is not known of the base is left open. */
export function writeAdapterConfig(config: ModelConfig, lora: LoraConfig, base: AdapterBase = {}): string {
  const names = new Set(adapterTensors(config, lora).map(({ module }) => moduleNameOf(config, module)));
  return pretty({
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: base.name ?? null,
    revision: base.revision ?? null,
    inference_mode: true,
    r: lora.rank,
    lora_alpha: lora.alpha,
    lora_dropout: lora.dropout,
    target_modules: [...names],
    bias: 'none',
    // PEFT turns B·A over where the layer is a Conv1D.
    fan_in_fan_out: architectureOf(config).family === 'gpt2',
    use_rslora: lora.rankStabilized,
    use_dora: false,
    init_lora_weights: true,
    modules_to_save: null,
    rank_pattern: {},
    alpha_pattern: {},
    layers_to_transform: null,
    layers_pattern: null,
  });
}

export interface PeftTensor extends TensorSpec {
  dtype: 'F32';
  source: AdapterTensor;
}

/** The tensors of adapter_model.safetensors. */
export const peftTensors = (config: ModelConfig, lora: LoraConfig): PeftTensor[] =>
  adapterTensors(config, lora).map((source) => ({ name: peftName(source), dtype: 'F32', shape: source.shape, source }));

const peftName = ({ module, part }: AdapterTensor): string => `base_model.model.${module}.lora_${part}.weight`;

/** The bytes of one; adapters are small, so it is read whole. */
export async function peftBytes({ source }: PeftTensor, read: ReadRows): Promise<Uint8Array> {
  return fromFloat32(await read(source.parameter, source.row, source.shape[0]), 'F32');
}

/** What an adapter_config.json says, without the targets: those are the layers that have tensors. */
export interface AdapterFacts extends Omit<LoraConfig, 'targets'> {
  baseModel?: string;
}

/** Variants of LoRA that would load as plain LoRA and be wrong. */
const VARIANTS = ['use_dora', 'use_qalora', 'use_bdlora', 'lora_bias', 'alora_invocation_tokens', 'layer_replication'];
const PATTERNS = ['rank_pattern', 'alpha_pattern'];
const TRAINED_BESIDE = ['modules_to_save', 'trainable_token_indices', 'target_parameters'];

/**
 * Reads an adapter_config.json of plain LoRA, rank-stabilized or not. Everything that would change what the adapter does is
 * refused by name. Errors: json-*, config-*, adapter-unsupported.
 */
export function readAdapterConfig(text: string, file: string): AdapterFacts {
  const f = Fields.parse(text, file);
  if (f.get('peft_type') !== 'LORA') f.refuse('peft_type', f.get('peft_type'), 'LORA');
  f.only('bias', 'none');
  for (const field of [...VARIANTS, ...PATTERNS, ...TRAINED_BESIDE, 'layers_to_transform']) {
    const value = f.get(field);
    if (value === undefined || value === false || isEmpty(value)) continue;
    throw new AtelierError('adapter-unsupported', { file, field, found: JSON.stringify(value) });
  }
  const baseModel = f.text('base_model_name_or_path');
  return {
    rank: f.integer('r', 4096, 8),
    alpha: f.positive('lora_alpha', 8),
    dropout: f.get('lora_dropout') === undefined || f.get('lora_dropout') === 0 ? 0 : f.positive('lora_dropout'),
    rankStabilized: f.boolean('use_rslora', false),
    ...(baseModel === undefined ? {} : { baseModel }),
  };
}

const isEmpty = (value: unknown): boolean => typeof value === 'object' && value !== null && !Object.keys(value).length;

export interface OpenAdapter {
  lora: LoraConfig;
  baseModel?: string;
  tensors: ReadonlyMap<string, PlacedTensor>;
}

/**
 * An adapter for this model: its targets are the layers that have tensors, and each must have them in every block.
 * Errors: tensor-missing, tensor-shape, tensor-unknown.
 */
export function openAdapter(
  config: ModelConfig,
  { baseModel, ...facts }: AdapterFacts,
  tensors: readonly PlacedTensor[],
  file: string,
): OpenAdapter {
  const found = new Map(tensors.map((t) => [t.name, t]));
  const all = adapterTensors(config, { rank: facts.rank, targets: loraTargets(config) });
  const present = new Set(all.filter((t) => found.has(peftName(t))).map(({ target }) => target));
  const targets = loraTargets(config).filter((target) => present.has(target));
  const expected = all.filter(({ target }) => present.has(target));
  const names = new Set(expected.map(peftName));
  const stranger = tensors.find(({ name }) => !names.has(name));
  if (stranger) throw new AtelierError('tensor-unknown', { file, tensor: stranger.name });
  if (!expected.length) throw new AtelierError('tensor-missing', { file, tensor: peftName(all[0]!) });
  for (const tensor of expected) checkTensor(tensor, found.get(peftName(tensor)), file);
  return { lora: { ...facts, targets }, ...(baseModel === undefined ? {} : { baseModel }), tensors: found };
}

function checkTensor(expected: AdapterTensor, tensor: PlacedTensor | undefined, file: string): void {
  const name = peftName(expected);
  if (!tensor) throw new AtelierError('tensor-missing', { file, tensor: name });
  if (tensor.shape.join() === expected.shape.join()) return;
  const facts = { found: `[${tensor.shape.join(', ')}]`, expected: `[${expected.shape.join(', ')}]` };
  throw new AtelierError('tensor-shape', { file, tensor: name, ...facts });
}

/** Our parameters of an adapter, one after another, in the order of `loraSpecs`. */
export async function* adapterParameters(
  config: ModelConfig,
  { lora, tensors }: OpenAdapter,
): AsyncGenerator<{ name: string; values: Float32Array }> {
  const all = adapterTensors(config, lora);
  for (const { name, shape } of loraSpecs(config, lora)) {
    const values = new Float32Array(sizeOf(shape));
    for (const part of all.filter(({ parameter }) => parameter === name)) {
      const tensor = tensors.get(peftName(part))!;
      values.set(await readTensorRows(tensor, 0, part.shape[0]), part.row * part.shape[1]);
    }
    yield { name, values };
  }
}

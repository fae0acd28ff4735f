// Writes a LoRA adapter as PEFT saves it: adapter_config.json and its tensors.
// https://huggingface.co/docs/peft/developer_guides/checkpoint
import type { LoraShape } from '../../base/lora';
import { architectureOf, SCORE, scoreSpecs, type ModelShape } from '../../base/modelShape';
import type { ReadParameterRows, TensorSpec } from '../../base/numbers/tensorData';
import { adapterTensors, moduleNameOf, type AdapterTensor } from './adapterTensors';
import { fromFloat32 } from '../floats';
import { pretty } from '../huggingFace/hfConfigWriting';
import { tokenIndices, tokenLayers, tokenTensorName } from './tokenRows';

/** The names of a classifier's classes, which an adapter's own files do not hold. */
export const CLASSES_FILE = 'classes.json';

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
export function writeAdapterConfig(shape: ModelShape, lora: LoraShape, base: AdapterBase = {}): string {
  const names = new Set(adapterTensors(shape, lora).map(({ module }) => moduleNameOf(shape, module)));
  return pretty({
    peft_type: 'LORA',
    task_type: shape.classes ? 'SEQ_CLS' : 'CAUSAL_LM',
    base_model_name_or_path: base.name ?? null,
    revision: base.revision ?? null,
    inference_mode: true,
    r: lora.rank,
    lora_alpha: lora.alpha,
    lora_dropout: lora.dropout,
    target_modules: [...names],
    bias: 'none',
    // PEFT turns B·A over where the layer is a Conv1D.
    fan_in_fan_out: architectureOf(shape).family === 'gpt2',
    use_rslora: lora.rankStabilized,
    use_dora: false,
    init_lora_weights: true,
    modules_to_save: shape.classes ? [SCORE] : null,
    ...(lora.tokens && { trainable_token_indices: tokenIndices(shape, lora.tokens) }),
    rank_pattern: {},
    alpha_pattern: {},
    layers_to_transform: null,
    layers_pattern: null,
  });
}

export interface PeftTensor extends TensorSpec {
  dtype: 'F32';
  /** Where it lies in a parameter of ours. */
  source: Pick<AdapterTensor, 'parameter' | 'row' | 'shape'>;
}

/** A classifier's head, which is trained in full beside the adapter. */
export const PEFT_SCORE = `base_model.model.${SCORE}.weight`;

/** The tensors of adapter_model.safetensors. */
export const peftTensors = (shape: ModelShape, lora: LoraShape): PeftTensor[] => [
  ...adapterTensors(shape, lora).map((source): PeftTensor => ({
    name: peftName(source),
    dtype: 'F32',
    shape: source.shape,
    source,
  })),
  ...tokenTensors(shape, lora),
  ...scoreSpecs(shape).map(({ name: parameter, shape: [rows, columns] }): PeftTensor => {
    const size: [number, number] = [rows!, columns!];
    return { name: PEFT_SCORE, dtype: 'F32', shape: size, source: { parameter, row: 0, shape: size } };
  }),
];

const tokenTensors = (shape: ModelShape, { tokens }: LoraShape): PeftTensor[] =>
  (tokens ? tokenLayers(shape) : []).map((layer) => {
    const size: [number, number] = [tokens!.count, layer.hiddenSize];
    const source = { parameter: layer.parameter, row: 0, shape: size };
    return { name: tokenTensorName(layer), dtype: 'F32', shape: size, source };
  });

/** `base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight` */
export const peftName = ({ module, part }: Pick<AdapterTensor, 'module' | 'part'>): string =>
  `base_model.model.${module}.lora_${part}.weight`;

/** The bytes of one; adapters are small, so it is read whole. */
export async function peftBytes({ source }: PeftTensor, read: ReadParameterRows): Promise<Uint8Array> {
  return fromFloat32(await read(source.parameter, source.row, source.shape[0]), 'F32');
}

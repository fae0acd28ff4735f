// Reads PEFT's adapter_config.json and refuses by name what this studio does not run.
import { AtelierError } from '../../base/errors/errors';
import { TUNE_SETTINGS } from '../../base/settings/tuneSettings';
import { Fields } from '../fields';
import { shown } from '../json';
import type { TokenIds } from './tokenRows';

/** What an adapter_config.json says of some layers apart from the others. */
interface LayerNumber {
  /** The name of a layer or its end, as PEFT matches it; with `^` before it the whole name. */
  layer: string;
  value: number;
}

/** What an adapter_config.json says. Which layers are adapted, the tensors say. */
export interface AdapterFacts {
  rank: number;
  alpha: number;
  dropout: number;
  rankStabilized: boolean;
  ranks: LayerNumber[];
  alphas: LayerNumber[];
  /** Names of layers or their ends; absent where an expression or a word for all of them stands there. */
  targetModules?: string[];
  baseModel?: string;
  /** It makes a text classifier of its base, whose head stands in the file in full. */
  classifies?: true;
  /** Tokens whose rows it has in full. */
  tokenIds?: TokenIds;
}

/** Fields that are read below, or that say how an adapter began or was trained and change nothing of what it does. */
const READ = ['peft_type', 'task_type', 'bias', 'r', 'lora_alpha', 'lora_dropout', 'use_rslora', 'fan_in_fan_out'];
const OF_LAYERS = [
  ...['target_modules', 'exclude_modules', 'modules_to_save', 'layers_to_transform', 'layers_pattern'],
  ...['rank_pattern', 'alpha_pattern', 'trainable_token_indices'],
];
const OF_TRAINING = ['auto_mapping', 'corda_config', 'eva_config', 'lora_ga_config', 'loftq_config', 'megatron_config'];
const OF_LOADING = ['inference_mode', 'init_lora_weights', 'ensure_weight_tying', 'runtime_config'];
/** Heads of classifiers that PEFT stores in full, by the names that transformers has for them. */
const HEADS = ['score', 'classifier'];
const KNOWN = new Set([...READ, ...OF_LAYERS, ...OF_TRAINING, ...OF_LOADING]);

/**
 * Ways to begin that take from the base's weights what they give to the adapter: beside the base as published it would
 * be wrong.
 */
const CHANGES_BASE = /^(pissa|corda|olora|loftq|lora_ga)/i;

/** Layers with a number of their own; a large model has some hundreds. */
const MOST_LAYERS = 4096;

/**
 * Reads an adapter_config.json of LoRA, rank-stabilized or not. Everything that would change what the adapter does is
 * refused by name, also what PEFT may invent: a field that nobody here knows and that is switched on.
 * @throws json-*, config-*, adapter-unsupported
 */
export function readAdapterConfig(text: string, file: string): AdapterFacts {
  const f = Fields.parse(text, file);
  checkKind(f);
  const { loraRank, loraAlpha, loraDropout } = TUNE_SETTINGS;
  const baseModel = f.text('base_model_name_or_path');
  const targetModules = targetsOf(f);
  const tokenIds = tokenIdsOf(f);
  f.boolean('fan_in_fan_out', false); // of the layer that is adapted; A and B lie in the file one way
  return {
    rank: f.integer('r', loraRank.max, 8),
    alpha: within(f, 'lora_alpha', loraAlpha, 8),
    dropout: within(f, 'lora_dropout', loraDropout, 0),
    rankStabilized: f.boolean('use_rslora', false),
    ranks: ofLayers(f, 'rank_pattern', (part, layer) => part.integer(layer, loraRank.max)),
    alphas: ofLayers(f, 'alpha_pattern', (part, layer) => within(part, layer, loraAlpha)),
    ...(targetModules && { targetModules }),
    ...(baseModel === undefined ? {} : { baseModel }),
    ...(tokenIds && { tokenIds }),
    ...(f.get('task_type') === CLASSIFIES && { classifies: true as const }),
  };
}

const CLASSIFIES = 'SEQ_CLS';

/** @throws adapter-unsupported */
function checkKind(f: Fields): void {
  if (f.get('peft_type') !== 'LORA') refuse(f, 'peft_type');
  if ((f.get('bias') ?? 'none') !== 'none') refuse(f, 'bias');
  const task = f.get('task_type') ?? 'CAUSAL_LM';
  if (task !== 'CAUSAL_LM' && task !== CLASSIFIES) refuse(f, 'task_type');
  const beside = f.get('modules_to_save') ?? [];
  const heads = task === CLASSIFIES ? HEADS : [];
  if (!Array.isArray(beside) || !beside.every((name) => heads.includes(String(name)))) refuse(f, 'modules_to_save');
  const began = f.get('init_lora_weights');
  if (typeof began === 'string' && CHANGES_BASE.test(began)) refuse(f, 'init_lora_weights');
  const stranger = Object.keys(f.object).find((field) => !KNOWN.has(field) && isOn(f.get(field)));
  if (stranger !== undefined) refuse(f, stranger);
}

function refuse(f: Fields, field: string): never {
  throw new AtelierError('adapter-unsupported', {
    file: f.file,
    field: shown(field).slice(1, -1),
    found: shown(f.get(field)),
  });
}

const isOn = (value: unknown): boolean =>
  value === true || (typeof value === 'object' && value !== null && Object.keys(value).length > 0);

/** A number in the range that a run's setting has, so that an adapter which is read can be tuned further. */
function within(f: Fields, field: string, { min, max }: { min: number; max: number }, absent?: number): number {
  const value = f.get(field) ?? absent;
  if (typeof value === 'number' && value >= min && value <= max) return value;
  return f.wrong(field, value, `${min} … ${max}`);
}

/**
 * PEFT takes regular expressions; names and their ends are what it writes itself and what people write. Errors:
 * config-value.
 */
function ofLayers(f: Fields, field: string, read: (part: Fields, layer: string) => number): LayerNumber[] {
  const part = f.part(field);
  const keys = Object.keys(part?.object ?? {});
  if (keys.length > MOST_LAYERS) f.wrong(field, keys.length, `0 … ${MOST_LAYERS}`);
  return keys.map((key) => {
    const layer = key.replaceAll('\\.', '.');
    if (!/^\^?[\w.]+$/.test(layer)) f.wrong(field, key, '"q_proj", "model.layers.0.self_attn.q_proj"');
    return { layer, value: read(part!, key) };
  });
}

function targetsOf(f: Fields): string[] | undefined {
  const value = f.get('target_modules');
  if (value === undefined || typeof value === 'string') return undefined;
  const isText = (name: unknown): name is string => typeof name === 'string';
  return Array.isArray(value) && value.every(isText) ? value : f.wrong('target_modules', value, '["q_proj", …]');
}

/** Most tokens that an adapter may have rows of. */
const MOST_TOKENS = 65_536;

/** A list for the embedding, or lists by layer. Errors: config-value. */
function tokenIdsOf(f: Fields): TokenIds | undefined {
  const value = f.get('trainable_token_indices') ?? undefined;
  if (value === undefined) return undefined;
  const entries = Array.isArray(value) ? [['embedding', value] as const] : Object.entries(f.part(TOKENS)!.object);
  const isId = (id: unknown): id is number => Number.isSafeInteger(id) && (id as number) >= 0;
  return new Map(
    entries.map(([layer, ids]: readonly [string, unknown]) =>
      Array.isArray(ids) && ids.length <= MOST_TOKENS && ids.every(isId)
        ? [layer, ids]
        : f.wrong(TOKENS, ids, '[7, …]'),
    ),
  );
}

const TOKENS = 'trainable_token_indices';

/** Whether a name stands for this layer: it is the layer's, or its end. */
export const namesLayer = (name: string, module: string): boolean =>
  name.startsWith('^') ? module === name.slice(1) : module === name || module.endsWith(`.${name}`);

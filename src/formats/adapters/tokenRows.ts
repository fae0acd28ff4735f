// The rows of new tokens that an adapter trains in full, as PEFT names them: `trainable_token_indices`, their tensors.
// https://huggingface.co/docs/peft/package_reference/trainable_tokens
import { AtelierError } from '../../base/errors/errors';
import { tokenRowsName, tokenSpecs, type NewTokens } from '../../base/lora';
import type { ModelShape } from '../../base/modelShape';
import { checkShape } from '../huggingFace/tensorMatching';
import type { PlacedTensor } from '../huggingFace/shards';
import { tensorPlan } from '../huggingFace/tensorNames';
import { shown } from '../json';

/** Ids by the name of their layer; `embedding` where a list stands in the file. */
export type TokenIds = ReadonlyMap<string, readonly number[]>;

/** One matrix with a row for each token. */
export interface TokenLayer {
  /** As transformers names it: `model.embed_tokens`, `lm_head`. */
  module: string;
  /** The parameter of ours that holds its new rows, `embedding.rows`. */
  parameter: string;
  hiddenSize: number;
}

/** The matrices whose rows are trained: the embedding, then a head that is not tied to it. */
export function tokenLayers(shape: ModelShape): TokenLayer[] {
  const any: NewTokens = { texts: [], first: 0, count: 0, baseRows: shape.vocabSize };
  const trained = new Set(tokenSpecs(shape, { tokens: any }).map(({ name }) => name));
  return tensorPlan(shape)
    .filter(({ parameter }) => trained.has(tokenRowsName(parameter.name)))
    .map(({ parameter, slices }) => ({
      module: slices[0]!.name.replace(/\.weight$/, ''),
      parameter: tokenRowsName(parameter.name),
      hiddenSize: shape.hiddenSize,
    }));
}

/** What PEFT calls the layer. */
export const tokenLayerName = ({ module }: TokenLayer): string => module.split('.').at(-1)!;

/** `base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta`: whole rows, in spite of the name. */
export const tokenTensorName = ({ module }: TokenLayer): string =>
  `base_model.model.${module}.token_adapter.trainable_tokens_delta`;

/** `trainable_token_indices` of adapter_config.json. */
export function tokenIndices(shape: ModelShape, { first, count }: NewTokens): Record<string, number[]> {
  const ids = Array.from({ length: count }, (_, i) => first + i);
  return Object.fromEntries(tokenLayers(shape).map((layer) => [tokenLayerName(layer), ids]));
}

const TOKEN_TENSOR = /(?:^|\.)(\w+)\.token_adapter\.trainable_tokens_delta(?:\.\w+)?$/;

/** Whether it is the rows of tokens. */
export const isTokenTensor = ({ name }: PlacedTensor): boolean => TOKEN_TENSOR.test(name);

export interface TokenRows {
  first: number;
  count: number;
  /** By the names of our parameters. */
  tensors: ReadonlyMap<string, PlacedTensor>;
}

/**
 * The rows in a file, of ids that follow each other: of all matrices with a row for each token the same ones.
 * @throws adapter-unsupported, tensor-missing, tensor-shape
 */
export function tokenRowsIn(
  shape: ModelShape,
  ids: TokenIds,
  tensors: readonly PlacedTensor[],
  { file, config }: { file: string; config: string },
): TokenRows {
  const layers = tokenLayers(shape);
  const listed = (layer: TokenLayer, i: number): readonly number[] =>
    ids.get(tokenLayerName(layer)) ?? (i === 0 ? ids.get('embedding') : undefined) ?? [];
  const [all = []] = layers.map(listed);
  const inRow = all.every((id, i) => id === all[0]! + i);
  const same = layers.every((layer, i) => listed(layer, i).join() === all.join());
  if (!all.length || !inRow || !same) {
    const found = shown(Object.fromEntries(ids));
    throw new AtelierError('adapter-unsupported', { file: config, field: 'trainable_token_indices', found });
  }
  const found = layers.map((layer): [string, PlacedTensor] => {
    const tensor = tensors.find(({ name }) => TOKEN_TENSOR.exec(name)?.[1] === tokenLayerName(layer));
    if (!tensor) throw new AtelierError('tensor-missing', { file, tensor: tokenTensorName(layer) });
    checkShape(tensor, [all.length, layer.hiddenSize], file);
    return [layer.parameter, tensor];
  });
  return { first: all[0]!, count: all.length, tensors: new Map(found) };
}

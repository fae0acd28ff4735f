// Where the matrices A and B of a LoRA adapter sit in a model, and their shapes. No values.
import { architectureOf, parameterSpecs, scoreSpecs, type ModelShape, type ParameterSpec } from './modelShape';

/** A linear layer as published files name it; `qkv` is GPT-2's, whose query, key and value are one layer there too. */
export type LoraTarget = 'q' | 'k' | 'v' | 'qkv' | 'o' | 'gate' | 'up' | 'down';

/** Low-rank adaptation (Hu et al., 2021): y = xWᵀ + scale·(xAᵀ)Bᵀ, where W stays as it is and A and B are trained. */
export interface LoraShape {
  rank: number;
  alpha: number;
  /** Share of the inputs of A that are zeroed in training. */
  dropout: number;
  /** The scale is alpha/√rank instead of alpha/rank (Kalajdzievski, 2023). */
  rankStabilized: boolean;
  targets: LoraTarget[];
  /** Absent: the base's vocabulary as it is. */
  tokens?: NewTokens;
}

/**
 * Special tokens that the base's tokenizer does not know. Their rows of the embedding, and of a head that is not tied
 * to it, are trained in full (PEFT's `trainable_token_indices`); all other rows stay as they are.
 */
export interface NewTokens {
  /** As they are written; their ids are the last ones that are trained. */
  texts: string[];
  /** The first trained row, a token's id. */
  first: number;
  /** Trained rows: those of the texts, behind those of tokens that the tokenizer had beyond the base's rows. */
  count: number;
  /** Rows of the base's own embedding. More than `first` where it has spare ones: the trained rows replace those. */
  baseRows: number;
}

export const loraScale = ({ rank, alpha, rankStabilized }: LoraShape): number =>
  alpha / (rankStabilized ? Math.sqrt(rank) : rank);

/**
 * Rows of one matrix of ours that are a layer of their own in published files, and so have an A and a B of their own.
 */
export interface LoraSegment {
  target: LoraTarget;
  /** First of its rows in the matrix. */
  start: number;
  rows: number;
}

/**
 * The adapter of one matrix [out, in]: A [segments·rank, in], the A of each segment below that of the one before, and
 * B [Σ rows, rank], likewise. Rows of the matrix in no segment are not adapted.
 */
export interface LoraPlace {
  /** The parameter that is adapted, `layers.0.qkv`. */
  matrix: string;
  inSize: number;
  segments: LoraSegment[];
}

/** All targets of a model: every linear layer of its blocks. */
export function loraTargets(shape: ModelShape): LoraTarget[] {
  const { family, gated } = architectureOf(shape);
  const attention: LoraTarget[] = family === 'gpt2' ? ['qkv', 'o'] : ['q', 'k', 'v', 'o'];
  return [...attention, ...(gated ? (['gate'] as const) : []), 'up', 'down'];
}

/** Where adapters sit, in the order of the model's parameters. A target that the model does not have is passed over. */
export function loraPlaces(shape: ModelShape, targets: readonly LoraTarget[]): LoraPlace[] {
  return Array.from({ length: shape.layers }, (_, i) => layerPlaces(shape, `layers.${i}.`)).flatMap((places) =>
    places
      .map((place) => ({ ...place, segments: place.segments.filter(({ target }) => targets.includes(target)) }))
      .filter(({ segments }) => segments.length > 0),
  );
}

function layerPlaces(shape: ModelShape, prefix: string): LoraPlace[] {
  const c = architectureOf(shape);
  const [q, kv, inner] = [c.heads * c.headDim, c.kvHeads * c.headDim, c.intermediateSize];
  const place = (name: string, inSize: number, ...parts: [LoraTarget, number][]): LoraPlace => {
    let start = 0;
    const segments = parts.map(([target, rows]) => ({ target, start: (start += rows) - rows, rows }));
    return { matrix: prefix + name, inSize, segments };
  };
  return [
    c.family === 'gpt2'
      ? place('qkv', c.hiddenSize, ['qkv', q + 2 * kv])
      : place('qkv', c.hiddenSize, ['q', q], ['k', kv], ['v', kv]),
    place('o', q, ['o', c.hiddenSize]),
    c.gated ? place('gateUp', c.hiddenSize, ['gate', inner], ['up', inner]) : place('up', c.hiddenSize, ['up', inner]),
    place('down', inner, ['down', c.hiddenSize]),
  ];
}

export const loraAName = (matrix: string): string => `${matrix}.loraA`;
export const loraBName = (matrix: string): string => `${matrix}.loraB`;

export const tokenRowsName = (matrix: string): string => `${matrix}.rows`;

/** The matrices that have a row for each token: the embedding, and a head that is not tied to it. */
const isByToken = ({ name }: ParameterSpec): boolean => name === 'embedding' || name === 'head';

/** The rows of new tokens, matrix by matrix. */
export const tokenSpecs = (shape: ModelShape, { tokens }: Pick<LoraShape, 'tokens'>): ParameterSpec[] =>
  !tokens
    ? []
    : parameterSpecs(shape)
        .filter(isByToken)
        .map(({ name, shape: [, columns], kind }) => ({
          name: tokenRowsName(name),
          shape: [tokens.count, columns!],
          kind,
        }));

/** The base that an adapter of this model stands beside: without the rows that its vocabulary lacks. */
export const baseShapeOf = (shape: ModelShape, lora: Pick<LoraShape, 'tokens'> | undefined): ModelShape =>
  lora?.tokens ? { ...shape, vocabSize: lora.tokens.baseRows } : shape;

/** The model that new tokens make of their base. */
export const grownShape = (base: ModelShape, { first, count }: NewTokens): ModelShape => ({
  ...base,
  vocabSize: Math.max(base.vocabSize, first + count),
});

/**
 * The trained parameters of an adapter: for each place its A, then its B; then the rows of new tokens; of a classifier
 * also its whole head.
 */
export function loraSpecs(shape: ModelShape, { rank, targets, tokens }: LoraShape): ParameterSpec[] {
  const pairs = loraPlaces(shape, targets).flatMap(({ matrix, inSize, segments }): ParameterSpec[] => [
    { name: loraAName(matrix), shape: [segments.length * rank, inSize], kind: 'matrix' },
    { name: loraBName(matrix), shape: [segments.reduce((n, { rows }) => n + rows, 0), rank], kind: 'matrix' },
  ]);
  return [...pairs, ...tokenSpecs(shape, { ...(tokens && { tokens }) }), ...scoreSpecs(shape)];
}

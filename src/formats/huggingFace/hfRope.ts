// The rotary embedding's fields of config.json, in the old and the new form of transformers.
import type { ModelShape, RopeScaling } from '../../base/modelShape';
import type { Fields } from '../fields';

type Rope = Pick<ModelShape, 'ropeTheta' | 'ropeScaling'>;

/**
 * Angles of the rotary embedding: `rope_theta` beside `rope_scaling` (transformers 4), or both in `rope_parameters`
 * (5).
 */
export function ropeOf(f: Fields): Rope {
  return { ropeTheta: thetaOf(f, parametersOf(f), 10_000), ...scalingOf(parametersOf(f)) };
}

const parametersOf = (f: Fields): Fields | undefined => f.part('rope_parameters') ?? f.part('rope_scaling');

const thetaOf = (f: Fields, inner: Fields | undefined, absent: number): number =>
  inner?.get('rope_theta') === undefined ? f.positive('rope_theta', absent) : inner.positive('rope_theta');

/**
 * Gemma 3 turns sliding layers by a base of their own and without scaling: `rope_local_base_freq` (transformers 4), or
 * one set of parameters per kind of layer (5).
 */
export function ropeOfLayerKinds(f: Fields): Rope & Pick<ModelShape, 'slidingRopeTheta'> {
  const kinds = f.part('rope_parameters');
  const full = kinds?.part('full_attention') ?? f.part('rope_scaling');
  const sliding = kinds?.part('sliding_attention');
  if (sliding) ropeType(sliding, ['default']);
  return {
    ropeTheta: thetaOf(f, full, 1_000_000),
    ...scalingOf(full),
    slidingRopeTheta:
      sliding?.get('rope_theta') === undefined
        ? f.positive('rope_local_base_freq', 10_000)
        : sliding.positive('rope_theta'),
  };
}

/** The kind of angles: `rope_type`, which was once `type`. */
function ropeType(f: Fields, supported: readonly string[]): string {
  const type = f.get('rope_type') ?? f.get('type') ?? 'default';
  if (!supported.some((s) => s === type)) f.refuse('rope_type', type, supported.join(', '));
  f.only('partial_rotary_factor', 1);
  return type as string;
}

function scalingOf(f: Fields | undefined): { ropeScaling?: RopeScaling } {
  const type = f && ropeType(f, ['default', 'linear', 'llama3']);
  if (!f || type === 'default') return {};
  if (type === 'linear') return { ropeScaling: { type, factor: f.positive('factor') } };
  return {
    ropeScaling: {
      type: 'llama3',
      factor: f.positive('factor'),
      lowFactor: f.positive('low_freq_factor'),
      highFactor: f.positive('high_freq_factor'),
      originalContext: f.positive('original_max_position_embeddings'),
    },
  };
}

/** The scaling in transformers' words, with which both spellings begin. */
export function ropeJson(scaling: RopeScaling | undefined): Record<string, string | number> {
  if (!scaling) return { rope_type: 'default' };
  if (scaling.type === 'linear') return { rope_type: 'linear', factor: scaling.factor };
  return {
    rope_type: 'llama3',
    factor: scaling.factor,
    low_freq_factor: scaling.lowFactor,
    high_freq_factor: scaling.highFactor,
    original_max_position_embeddings: scaling.originalContext,
  };
}

/**
 * One update of a group of parameters, in place and in one dispatch: what the optimizers' ops share. A parameter is a
 * segment of the dispatch (`manyTensors.ts`); the moments of all are one buffer each. No formula of an optimizer is
 * here.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { grid1d, type Bind, type CpuTensor } from '../../device/kernel';
import { typeOf, type Lanes } from '../../device/lanes';
import { layOut, perSegment, segmentedMain, STREAM_GROUP } from '../../device/manyTensors';
import { STATE } from './stepState';

/** A parameter of a group: weight and gradient of one shape. */
export interface Updated {
  weight: Tensor;
  gradient: Tensor;
  /** Its first element in the moments of the group; a multiple of 4 where `lanes` is 4. */
  start: number;
  /** 0 for parameters that do not decay. */
  decay: number;
}

/** What an update op is told of its group. */
export interface GroupAttrs {
  /** The sizes are all multiples of 4, or are taken one by one. */
  lanes: Lanes;
  starts: readonly number[];
  decays: readonly number[];
}

export const attrsOf = (updated: readonly Updated[], lanes: Lanes): GroupAttrs => ({
  lanes,
  starts: updated.map(({ start }) => start),
  decays: updated.map(({ decay }) => decay),
});

/** Weights and gradients as the inputs of an op. */
export const inputsOf = (updated: readonly Updated[]): Record<string, Tensor> =>
  Object.fromEntries(
    updated.flatMap(({ weight, gradient }, s) => [
      [`weight${s}`, weight],
      [`gradient${s}`, gradient],
    ]),
  );

/** Constants of a text: `count` parameters. */
export interface GroupConstants {
  lanes: Lanes;
  count: number;
}

/** Fields of a segment that every update has; `n` and `start` are in elements of T. */
export const SEGMENT_FIELDS = { first: 'u32', n: 'u32', start: 'u32' } as const;

/**
 * @param declared the params `p`
 * @param formula WGSL from `old`, `gradient`, its factor `scale` and the moments at `at` to `updated`
 */
export const updateText = (
  { lanes, count }: GroupConstants,
  declared: string,
  moments: readonly string[],
  formula: string,
): string => `
alias T = ${typeOf(lanes)};
${declared}
${moments.map((moment, i) => `@group(0) @binding(${i}) var<storage, read_write> ${moment}: array<T>;`).join('\n')}
@group(0) @binding(${moments.length}) var<storage, read> state: array<f32>;
${Array.from(
  { length: count },
  (_, s) => `@group(0) @binding(${moments.length + 1 + 2 * s}) var<storage, read_write> weight${s}: array<T>;
@group(0) @binding(${moments.length + 2 + 2 * s}) var<storage, read> gradient${s}: array<T>;`,
).join('\n')}
@group(0) @binding(${moments.length + 1 + 2 * count}) var<uniform> p: Params;
${segmentedMain(
  count,
  `if (state[${STATE.skipped}] != 0.0) { return; }
  let scale = state[${STATE.scale}];
  let at = own.start + i;
  var old = T(); var gradient = T();
  ${perSegment(count, (s) => `old = weight${s}[i]; gradient = gradient${s}[i];`)}
  ${formula}
  ${perSegment(count, (s) => `weight${s}[i] = updated;`)}`,
)}`;

const sizeOf = ({ shape }: Pick<TensorInfo, 'shape'>): number => shape.reduce((n, d) => n * d, 1);

/** The part of a dispatch that the group gives, and where each segment stands. */
export function layOutGroup(
  inputs: Record<string, TensorInfo>,
  moments: readonly string[],
  { lanes, starts }: GroupAttrs,
): {
  binds: Bind[];
  workgroups: [number, number, number];
  segments: { first: number; n: number; start: number }[];
} {
  const weights = starts.map((_, s) => inputs[`weight${s}`]!);
  const sizes = weights.map((weight) => sizeOf(weight) / lanes);
  const { firsts, total } = layOut(sizes.map((n) => Math.ceil(n / STREAM_GROUP)));
  return {
    binds: [
      ...moments.map((moment) => ({ tensor: inputs[moment]!, write: true as const })),
      { tensor: inputs['state']! },
      ...weights.flatMap((tensor, s) => [{ tensor, write: true as const }, { tensor: inputs[`gradient${s}`]! }]),
    ],
    workgroups: grid1d(total, 1),
    segments: starts.map((start, s) => ({ first: firsts[s]!, n: sizes[s]!, start: start / lanes })),
  };
}

export type Numbers = CpuTensor['data'];

/** Visits each parameter with its part of the moments, for the references; none where the step is skipped. */
export function eachUpdated(
  inputs: Record<string, CpuTensor>,
  moments: readonly string[],
  { starts, decays }: GroupAttrs,
  visit: (weight: Numbers, gradient: Numbers, moments: Numbers[], scale: number, decay: number) => void,
): void {
  const { data: state } = inputs['state']!;
  if (state[STATE.skipped]) return;
  starts.forEach((start, s) => {
    const [weight, gradient] = [inputs[`weight${s}`]!.data, inputs[`gradient${s}`]!.data];
    const own = moments.map((moment) => inputs[moment]!.data.subarray(start, start + weight.length));
    visit(weight, gradient, own, state[STATE.scale]!, decays[s]!);
  });
}

/**
 * One update of AdamW (Loshchilov and Hutter, 2019) or Adam with an L2 term (Kingma and Ba, 2015), in place:
 *   g ← scale·g (+ decay·p, Adam);  p ← p − rate·decay·p (AdamW);  m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²
 *   p ← p − (rate / (1−β₁ᵗ)) · m / (√v / √(1−β₂ᵗ) + ε)
 * in the order of PyTorch's loops, so that the two stay together over many steps. Weight, moments and gradient are read
 * once and written once: 28 bytes per weight, which is all the time it takes. A dispatch updates the parameters of a
 * group (`groupUpdate.ts`), of any shapes. Has no gradient. The reference is `adamReference`.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineOp, gpu, shader, struct } from '../../device/kernel';
import type { Lanes } from '../../device/lanes';
import type { StepNumbers } from '../../device/stepNumbers';
import { arrayOf } from '../../device/struct';
import {
  attrsOf,
  eachUpdated,
  inputsOf,
  layOutGroup,
  SEGMENT_FIELDS,
  updateText,
  type GroupAttrs,
  type GroupConstants,
  type Updated,
  type Numbers,
} from './groupUpdate';

export interface AdamScalars {
  beta1: number;
  beta2: number;
  epsilon: number;
  /** The decay is added to the gradient (Adam) instead of taken from the weight (AdamW). */
  coupled: boolean;
}

type Now = Pick<StepNumbers, 'rate' | 'update'>;

/** `state` is what `globalNorm` wrote (`stepState.ts`). */
export interface AdamTensors {
  updated: readonly Updated[];
  moment1: Tensor;
  moment2: Tensor;
  state: Tensor;
}

const MOMENTS = ['moment1', 'moment2'] as const;
/** Buffers that a group binds beside the two of each parameter. */
export const ADAM_SHARED = MOMENTS.length + 1;

const Segment = struct('Segment', { ...SEGMENT_FIELDS, l2: 'f32', keep: 'f32' });
const paramsFor = (count: number) =>
  struct('Params', {
    beta1: 'f32',
    beta2: 'f32',
    epsilon: 'f32',
    stepSize: 'f32',
    rootCorrection2: 'f32',
    segments: arrayOf(Segment, count),
  });

const adam = shader('adam', (constants: GroupConstants) =>
  updateText(
    constants,
    paramsFor(constants.count).wgsl,
    MOMENTS,
    `let g = scale * gradient + own.l2 * old;
  let m = p.beta1 * moment1[at] + (1.0 - p.beta1) * g;
  let v = p.beta2 * moment2[at] + (1.0 - p.beta2) * g * g;
  moment1[at] = m;
  moment2[at] = v;
  let updated = own.keep * old - p.stepSize * m / (sqrt(v) / p.rootCorrection2 + p.epsilon);`,
  ),
);

/** Numbers of an update that do not depend on the element, computed in f64. */
const corrections = (s: AdamScalars, { rate, update }: Now): { stepSize: number; rootCorrection2: number } => ({
  stepSize: rate / (1 - s.beta1 ** update),
  rootCorrection2: Math.sqrt(1 - s.beta2 ** update),
});

const decays = (coupled: boolean, decay: number, { rate }: Now): { l2: number; keep: number } => ({
  l2: coupled ? decay : 0,
  keep: coupled ? 1 : 1 - rate * decay,
});

/** The same in plain loops, over arrays of one length; `scale` is the factor of the clipping. */
export function adamReference(
  weight: Numbers,
  moment1: Numbers,
  moment2: Numbers,
  gradient: Numbers,
  scale: number,
  scalars: AdamScalars & Now & { decay: number },
): void {
  const { beta1, beta2, epsilon } = scalars;
  const { stepSize, rootCorrection2 } = corrections(scalars, scalars);
  const { l2, keep } = decays(scalars.coupled, scalars.decay, scalars);
  for (let i = 0; i < weight.length; i++) {
    const g = scale * gradient[i]! + l2 * weight[i]!;
    const m = beta1 * moment1[i]! + (1 - beta1) * g;
    const v = beta2 * moment2[i]! + (1 - beta2) * g * g;
    moment1[i] = m;
    moment2[i] = v;
    weight[i] = keep * weight[i]! - (stepSize * m) / (Math.sqrt(v) / rootCorrection2 + epsilon);
  }
}

interface Attrs extends GroupAttrs {
  scalars: AdamScalars;
  step: Now;
}

const adamOp = defineOp<string, Attrs>({
  name: 'AtelierAdam',
  gpu: (inputs, attrs) => {
    const { lanes, scalars, step } = attrs;
    const { binds, workgroups, segments } = layOutGroup(inputs, MOMENTS, attrs);
    const params = paramsFor(segments.length);
    gpu().run({
      shader: adam({ lanes, count: segments.length }),
      binds,
      params: (view) => {
        const { beta1, beta2, epsilon } = scalars;
        params.write(view, { beta1, beta2, epsilon, segments });
      },
      live: (view) =>
        params.write(view, {
          ...corrections(scalars, step),
          segments: attrs.decays.map((decay) => decays(scalars.coupled, decay, step)),
        }),
      workgroups,
    });
    return [];
  },
  reference: (inputs, attrs) => {
    eachUpdated(inputs, MOMENTS, attrs, (weight, gradient, [moment1, moment2], scale, decay) =>
      adamReference(weight, moment1!, moment2!, gradient, scale, { ...attrs.scalars, ...attrs.step, decay }),
    );
    return [];
  },
});

/** Queues the update of a group, in place; `step` is read anew at each replay. */
export function adamInPlace({ updated, ...shared }: AdamTensors, lanes: Lanes, scalars: AdamScalars, step: Now): void {
  adamOp({ ...shared, ...inputsOf(updated) }, { ...attrsOf(updated, lanes), scalars, step });
}

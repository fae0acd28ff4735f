/**
 * One update of stochastic gradient descent with momentum, in place, as PyTorch defines it (no dampening, not
 * Nesterov):
 *   g ← scale·g + decay·p;  m ← μm + g;  p ← p − rate·m
 * A dispatch updates the parameters of a group (`groupUpdate.ts`), of any shapes. Has no gradient. The reference is
 * `sgdReference`.
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

type Now = Pick<StepNumbers, 'rate'>;

/** `state` is what `globalNorm` wrote (`stepState.ts`). */
export interface SgdTensors {
  updated: readonly Updated[];
  moment1: Tensor;
  state: Tensor;
}

const MOMENTS = ['moment1'] as const;
/** Buffers that a group binds beside the two of each parameter. */
export const SGD_SHARED = MOMENTS.length + 1;

const Segment = struct('Segment', { ...SEGMENT_FIELDS, decay: 'f32' });
const paramsFor = (count: number) =>
  struct('Params', { rate: 'f32', momentum: 'f32', segments: arrayOf(Segment, count) });

const sgd = shader('sgd', (constants: GroupConstants) =>
  updateText(
    constants,
    paramsFor(constants.count).wgsl,
    MOMENTS,
    `let m = p.momentum * moment1[at] + (scale * gradient + own.decay * old);
  moment1[at] = m;
  let updated = old - p.rate * m;`,
  ),
);

/** The same in plain loops, over arrays of one length; `scale` is the factor of the clipping. */
export function sgdReference(
  weight: Numbers,
  moment1: Numbers,
  gradient: Numbers,
  scale: number,
  { rate, momentum, decay }: { momentum: number; decay: number } & Now,
): void {
  for (let i = 0; i < weight.length; i++) {
    moment1[i] = momentum * moment1[i]! + scale * gradient[i]! + decay * weight[i]!;
    weight[i]! -= rate * moment1[i]!;
  }
}

interface Attrs extends GroupAttrs {
  momentum: number;
  step: Now;
}

const sgdOp = defineOp<string, Attrs>({
  name: 'AtelierSgd',
  gpu: (inputs, attrs) => {
    const { lanes, momentum, step } = attrs;
    const { binds, workgroups, segments } = layOutGroup(inputs, MOMENTS, attrs);
    const decaying = segments.map((segment, s) => ({ ...segment, decay: attrs.decays[s]! }));
    gpu().run({
      shader: sgd({ lanes, count: segments.length }),
      binds,
      ...paramsFor(segments.length).split({ momentum, segments: decaying }, () => ({ rate: step.rate })),
      workgroups,
    });
    return [];
  },
  reference: (inputs, attrs) => {
    const { momentum, step } = attrs;
    eachUpdated(inputs, MOMENTS, attrs, (weight, gradient, [moment1], scale, decay) =>
      sgdReference(weight, moment1!, gradient, scale, { rate: step.rate, momentum, decay }),
    );
    return [];
  },
});

/** Queues the update of a group, in place; `step` is read anew at each replay. */
export function sgdInPlace(
  { updated, ...shared }: SgdTensors,
  lanes: Lanes,
  { momentum }: { momentum: number },
  step: Now,
): void {
  sgdOp({ ...shared, ...inputsOf(updated) }, { ...attrsOf(updated, lanes), momentum, step });
}

/**
 * Scaling of the loss (Micikevicius et al., 2018): gradients of a step in halves are computed times a power of two, so
 * that small ones do not underflow in f16, and are divided by it in the update's factor. What overflows
 * skips its update and halves the scale; many clean steps double it. All of it happens on the GPU: the step that
 * follows has the new scale, however late the CPU reads that one was skipped.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LossScaling } from '../../base/records/checkpoint';
import { newTensor } from './buffers';
import { device } from './currentDevice';

/** Elements of the scaling on the GPU. `clean`: steps in a row without an overflow. */
export const SCALING = { scale: 0, inverse: 1, clean: 2, size: 3 } as const;

/** Where a run begins: gradients of a mean loss are far below 1. */
export const FIRST_SCALING: LossScaling = { scale: 2 ** 15, clean: 0 };
/**
 * Clean steps after which the scale is tried twice as large. PyTorch waits for 2,000, the length of many whole runs
 * here.
 */
export const CLEAN_STEPS = 500;
/** Below 1 a scale would make things worse; above this one, products of gradients come near the end of f32. */
const [LOWEST, HIGHEST] = [1, 2 ** 24];

/** Told by the bits: comparisons with NaN and infinity are not to be trusted on every adapter. */
export const FINITE = 'fn isFinite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }';

const at = (element: 'scale' | 'inverse' | 'clean'): string => `scaling[${SCALING[element]}]`;

/** WGSL: sets `scaling` for the next step; `clean` says whether this one was. */
export const adjustScaling = `
  let steps = ${at('clean')} + 1.0;
  if (!clean && ${at('scale')} > ${LOWEST}.0) { ${at('scale')} *= 0.5; ${at('inverse')} *= 2.0; }
  if (clean && steps >= ${CLEAN_STEPS}.0 && ${at('scale')} < ${HIGHEST}.0) { ${at('scale')} *= 2.0; ${at('inverse')} *= 0.5; }
  ${at('clean')} = select(steps, 0.0, !clean || steps >= ${CLEAN_STEPS}.0);`;

/** Whether another scale may mend a step that overflowed. */
export const mayShrink = ({ scale }: LossScaling): boolean => scale > LOWEST;

/** The scaling of a new run, on the GPU; the caller disposes it. */
export function newScaling(): Tensor {
  const scaling = newTensor([SCALING.size]);
  writeScaling(scaling, FIRST_SCALING);
  return scaling;
}

export function writeScaling(scaling: Tensor, { scale, clean }: LossScaling): void {
  device().write(scaling, Float32Array.of(scale, 1 / scale, clean));
}

/** Which kernels a run computes with, from its first step to its last. How they are timed, autotune.ts knows. */
import * as tf from '@tensorflow/tfjs-core';
import { ATTENTION, usualAttention } from '../ops/attention/attention';
import { LONGEST_DIRECT } from '../ops/attention/attentionDirect.wgsl';
import { gpu } from '../device/kernel';
import { defaultVariant, FORMS, shapeClass, SIZES, VARIANTS } from '../ops/matmul/matmulVariants';
import { kernelVariants, knownVariant, PART_BYTES, useVariants, type Replaced } from '../device/variants';
import { attentionRuns, matmulRuns, probeOf, probeOperands } from './kernelTrials';

/**
 * Fixes the variants of a run before its first step: those recorded, the default where nothing is. A recorded variant
 * that this version does not have, or that this adapter does not compile any more, is replaced by the default and
 * returned: from there on the bits differ. They also differ where matrices had fewer parts than this device asks for.
 * @param headDim of the run's model: attention's kernels are those of a head's size
 */
export async function fixVariants(record: Record<string, string>, headDim: number): Promise<Replaced[]> {
  const replaced = useVariants(record);
  const parts = record[PART_BYTES];
  if (Number(parts) > gpu().mostBytes) replaced.push({ op: PART_BYTES, variant: parts! });
  const fixed = kernelVariants();
  for (const { op, variant, usual } of [
    ...(await refusedMatmuls(fixed)),
    ...(await refusedAttention(fixed, headDim)),
  ]) {
    replaced.push({ op, variant });
    fixed[op] = usual;
  }
  useVariants(fixed);
  return replaced;
}

/** A variant that is replaced, and its replacement. The defaults are not tried: nothing could replace them. */
type Refused = Replaced & { usual: string };

async function refusedMatmuls(fixed: Record<string, string>): Promise<Refused[]> {
  const operands = probeOperands();
  const verdicts = new Map<string, boolean>();
  const refused: Refused[] = [];
  for (const [form, size] of FORMS.flatMap((f) => SIZES.map((s) => [f, s] as const))) {
    const [op, usual] = [shapeClass(form, size), defaultVariant(form, size)];
    const variant = VARIANTS.find((v) => v === fixed[op]);
    if (!variant || variant === usual) continue;
    const key = `${form} ${variant}`;
    if (!verdicts.has(key)) verdicts.set(key, await matmulRuns(variant, form, probeOf(variant), operands));
    if (!verdicts.get(key)) refused.push({ op, variant, usual });
  }
  tf.dispose(operands);
  return refused;
}

async function refusedAttention(fixed: Record<string, string>, headDim: number): Promise<Refused[]> {
  const variant = knownVariant('attention', fixed[ATTENTION]);
  const usual = usualAttention();
  if (!variant || variant === usual || headDim > LONGEST_DIRECT) return [];
  return (await attentionRuns(variant, headDim)) ? [] : [{ op: ATTENTION, variant, usual }];
}

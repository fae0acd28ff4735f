// What is to be known of a run that resumed: why nobody clicked, on what it computes now. It is stored with the run.
import { PART_BYTES, type Replaced } from '../../engine/device/variants';
import type { ComputeOn, RunRecord } from '../../base/records/run';
import type { ByItself } from '../../base/wire/requests';

/** The notice of a run that resumed without a click. */
export const byItselfNotice = (
  { byItself }: { byItself?: ByItself | undefined },
  at: number,
  from: number,
): Pick<RunRecord, 'notice'> => (byItself ? { notice: { code: byItself.cause, facts: { at, from } } } : {});

/** The notice of a run that resumed on another device: CPU and GPU round differently. */
export function movedNotice(from: ComputeOn, to: ComputeOn, step: number): Pick<RunRecord, 'notice'> {
  if (from === to) return {};
  return { notice: { code: 'compute-changed', facts: { from: from.toUpperCase(), to: to.toUpperCase(), step } } };
}

/**
 * The notice of a resumed run that computes with other kernels, or with its matrices in more parts, than before the
 * checkpoint: its bits differ from that step on. Empty where nothing was replaced.
 */
export function replacedNotice(replaced: readonly Replaced[], step: number): Pick<RunRecord, 'notice'> {
  if (!replaced.length) return {};
  const kernels = replaced.filter(({ op }) => op !== PART_BYTES);
  if (!kernels.length) return { notice: { code: 'matrix-parts', facts: { step } } };
  const list = (of: (r: Replaced) => string): string => [...new Set(kernels.map(of))].join(', ');
  const facts = { op: list((r) => r.op), variant: list((r) => r.variant), step };
  return { notice: { code: 'kernel-variant', facts } };
}

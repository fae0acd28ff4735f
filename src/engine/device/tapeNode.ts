/** The types of tfjs' tape, and of the gradients that its ops put there. The backward walk is in autodiff/tape.ts. */
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';

/** A gradient that can be added to what its tensor's gradient is so far, in the dispatch that computes it. */
export interface Adding {
  (): Tensor;
  /**
   * The sum of both: `sum` itself where it may be written into, else a new tensor. The order of rounding is the same.
   */
  plus(sum: Tensor, inPlace: boolean): Tensor;
}

export type GradientClosure = (() => Tensor) | Adding;

/** @param gradient the gradient alone, or added to `sum` */
export const adding = (gradient: (sum?: Tensor, inPlace?: boolean) => Tensor): Adding =>
  Object.assign(() => gradient(), { plus: gradient });

/** One line of tfjs' tape: an op that ran, and how to differentiate it. */
export interface TapeNode {
  kernelName: string;
  inputs: NamedTensorMap;
  outputs: Tensor[];
  gradient?: (dys: (Tensor | null)[]) => Record<string, GradientClosure>;
  /** Instead of `gradient` where nodes are recorded by `recordAs`: the gradients of the wanted inputs, by name. */
  backward?: (dys: (Tensor | null)[], wanted: ReadonlySet<string>) => Record<string, Tensor>;
  saved?: Tensor[];
}

import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';

/** One line of tfjs' tape: an op that ran, and how to differentiate it. */
export interface TapeNode {
  kernelName: string;
  inputs: NamedTensorMap;
  outputs: Tensor[];
  gradient?: (dys: (Tensor | null)[]) => Record<string, () => Tensor>;
  /** Instead of `gradient` where nodes are recorded by `recordAs`: the gradients of the wanted inputs, by name. */
  backward?: (dys: (Tensor | null)[], wanted: ReadonlySet<string>) => Record<string, Tensor>;
  saved?: Tensor[];
}

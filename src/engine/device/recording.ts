/**
 * What is written on tfjs' tape besides the ops that it runs itself, and which weights it is differentiated by. The
 * backward walk is in autodiff/tape.ts, above the ops; this file is below them.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { tapeState } from './kernel';
import type { TapeNode } from './tapeNode';

/** What the tape that is on holds so far; empty while none is on. */
export const tapeSoFar = (): readonly TapeNode[] => (tapeState().gradientDepth && tapeState().activeTape) || [];

/** Runs `f` as if no tape were on. */
export function offTape<T>(f: () => T): T {
  const state = tapeState();
  state.kernelDepth++; // as in a kernel, in which tfjs records nothing
  try {
    return f();
  } finally {
    state.kernelDepth--;
  }
}

/**
 * Runs `f` off the tape and puts `node`, which it returns, on the tape that was on, if any; `saved` is disposed if none
 * was. Inputs are all tensors that the node can differentiate by.
 */
export function recordAs(f: () => TapeNode): Tensor[] {
  const state = tapeState();
  const tape = state.gradientDepth && !state.kernelDepth ? state.activeTape : null;
  const node = offTape(f);
  if (tape) tape.push(node);
  else node.saved?.forEach((t) => t.dispose());
  return node.outputs;
}

/** Ids of the weights that are differentiated by at the moment. */
let differentiatedBy: ReadonlySet<number> = new Set();

/**
 * Whether this very tensor is one of the weights that are differentiated by: a fused op computes no gradient of a
 * frozen one.
 */
export const isWeight = (tensor: Tensor): boolean => differentiatedBy.has(tensor.id);

/**
 * Runs `f`, forward and backward, while these are the weights; those of before count again after it, if it throws too.
 */
export function withWeights<T>(weights: readonly Tensor[], f: () => T): T {
  const before = differentiatedBy;
  differentiatedBy = new Set(weights.map((w) => w.id));
  try {
    return f();
  } finally {
    differentiatedBy = before;
  }
}

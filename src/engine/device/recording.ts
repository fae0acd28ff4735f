/** What is written on tfjs' tape besides the ops that it runs itself. */
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

/**
 * What the forward pass keeps for the backward walk, in halves: from when its last reader of the forward pass is done
 * until a gradient needs it. Most of the memory of a step is such tensors. Gradients of products read the halves
 * themselves (`readsHalves` of an op); for others f32 is made again, for the time of one node. Two dispatches more per
 * block forward, one for each tensor made again backward.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { keepingsOf } from '../device/defineOp';
import { fromHalves, halvesIn, sharing, halfCopies } from '../ops/matrix/halves';
import { sharers } from '../device/kernel';
import { offTape, tapeSoFar } from '../device/recording';
import type { TapeNode } from '../device/tapeNode';

/** Smaller tensors are not worth a dispatch. */
const SMALLEST = 2 ** 12;

/** Where a tensor is saved; several nodes may save clones of one. */
interface Place {
  node: TapeNode;
  index: number;
}

/** The places of each buffer that may be rounded. */
function places(): Place[][] {
  const byBuffer = new Map<object, Place[]>();
  const kept = new Set<object>();
  for (const node of tapeSoFar()) {
    const keepings = keepingsOf(node.kernelName);
    node.saved?.forEach((tensor, index) => {
      const { dataId } = tensor;
      if ((keepings[index] ?? 'exact') === 'exact' || tensor.dtype !== 'float32' || tensor.rank !== 2) kept.add(dataId);
      byBuffer.set(dataId, [...(byBuffer.get(dataId) ?? []), { node, index }]);
    });
  }
  return [...byBuffer].flatMap(([dataId, found]) => (kept.has(dataId) ? [] : [found]));
}

const tensorAt = ({ node, index }: Place): Tensor => node.saved![index]!;

/** Whether only the tape still holds it: weights have an owner, and a block's output has a next block. */
const isFree = (found: Place[]): boolean => {
  const tensor = tensorAt(found[0]!);
  return tensor.size >= SMALLEST && sharers(tensor) === found.length;
};

/**
 * Rounds to halves what the tape that is on has saved and nobody else holds any more. To be called after each block.
 */
export function saveAsF16(): void {
  const all = places().filter(isFree);
  if (!all.length) return;
  const words = offTape(() => halfCopies(all.map((found) => tensorAt(found[0]!))));
  all.forEach((found, i) => {
    found.forEach((place) => {
      tensorAt(place).dispose();
      const own = offTape(() => tf.keep(tf.clone(words[i]!)));
      place.node.saved![place.index] = sharing(own, halvesIn(words[i]!)!);
    });
    words[i]!.dispose();
  });
}

/** Makes f32 of what a node saved and its gradient does not read in halves. */
export function restoreF16({ kernelName, saved = [] }: TapeNode): void {
  const keepings = keepingsOf(kernelName);
  saved.forEach((tensor, i) => {
    const halves = halvesIn(tensor);
    if (!halves || keepings[i] === 'words') return;
    saved[i] = tf.keep(fromHalves(halves));
    tensor.dispose();
  });
}

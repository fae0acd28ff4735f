/** Rotations on the heap; the maths is in kernels/rope.ts. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { positionsOf, ropeFrequencies, type RopeAttrs } from './ropeAngles';
import { wasmMemory } from '../../device/wasmMemory';

/** A table grows by powers of two from here, so that generation does not make one for each token. */
const SHORTEST = 256;

interface Angles {
  /** Positions 0 … capacity − 1. */
  capacity: number;
  /** [capacity, D]: cosines, then sines, of each position's D/2 angles. */
  table: Float32Array;
}

/** By frequencies. In JavaScript's own memory: the heap is not for what outlives an engine. */
const known = new Map<string, Angles>();

function anglesFor({ theta, scaling, headDim }: RopeAttrs, positions: number): Float32Array {
  const key = JSON.stringify([theta, headDim, scaling]);
  const found = known.get(key);
  if (found && found.capacity >= positions) return found.table;
  const capacity = Math.max(SHORTEST, 2 ** Math.ceil(Math.log2(positions)));
  const table = new Float32Array(capacity * headDim);
  ropeFrequencies(headDim, theta, scaling).forEach((f, j) => {
    for (let position = 0; position < capacity; position++) {
      table[position * headDim + j] = Math.cos(position * f);
      table[position * headDim + headDim / 2 + j] = Math.sin(position * f);
    }
  });
  known.set(key, { capacity, table });
  return table;
}

/** Query and key heads turned by sign · their positions, value heads copied. */
export function ropeOnHeap(
  { x, positions }: { x: TensorInfo; positions?: TensorInfo | undefined },
  attrs: RopeAttrs & { sign: number },
): TensorInfo {
  const { heads, kvHeads, headDim, sign } = attrs;
  const [tokens, width, half] = [x.shape[0]!, x.shape[1]!, headDim / 2];
  const y = wasmMemory().alloc(x.shape);
  const given = positions && { data: wasmMemory().view(positions), shape: positions.shape };
  const places = positionsOf(tokens, attrs, given);
  const table = anglesFor(attrs, 1 + places.reduce((most, place) => Math.max(most, place), 0));
  const [m, from, to] = [wasmMemory().f32, wasmMemory().at(x), wasmMemory().at(y)];
  m.copyWithin(to, from, from + tokens * width);
  for (let n = 0; n < tokens; n++) {
    const angles = places[n]! * headDim;
    for (let head = 0; head < heads + kvHeads; head++) {
      const at = n * width + head * headDim;
      for (let j = 0; j < half; j++) {
        const c = table[angles + j]!;
        const s = sign * table[angles + half + j]!;
        const a = m[from + at + j]!;
        const b = m[from + at + j + half]!;
        m[to + at + j] = a * c - b * s;
        m[to + at + j + half] = b * c + a * s;
      }
    }
  }
  return y;
}

/**
 * Sums of two tensors of one shape: c = a + b (the residual stream), and a += b in place (gradients that meet at one
 * tensor, and gradients of micro-batches).
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { addInPlaceOnHeap, addOnHeap } from './pointwise.cpu';
import { onCpu } from '../../device/currentDevice';
import { defineOp, flatGrid, flatMain, gpu, grid1d, shader, struct } from '../../device/kernel';
import { lanesOf, typeOf, type Lanes } from '../../device/lanes';
import { bindingLimit, byParts, layOut, perSegment, segmentedMain, STREAM_GROUP } from '../../device/manyTensors';
import { arrayOf } from '../../device/struct';

const Params = struct('Params', { n: 'u32' });

const sum = shader('add', ({ lanes, inPlace }: { lanes: Lanes; inPlace: boolean }) => {
  const [target, first] = inPlace ? ['a', ''] : ['c', '@group(0) @binding(0) var<storage, read_write> c: array<T>;'];
  const b = inPlace ? 1 : 2;
  return `
alias T = ${typeOf(lanes)};
${Params.wgsl}
${first}
@group(0) @binding(${b - 1}) var<storage, ${inPlace ? 'read_write' : 'read'}> a: array<T>;
@group(0) @binding(${b}) var<storage, read> b: array<T>;
@group(0) @binding(${b + 1}) var<uniform> p: Params;
${flatMain(`${target}[i] = a[i] + b[i];`, STREAM_GROUP)}`;
});

function dispatch(a: TensorInfo, b: TensorInfo, c: TensorInfo): void {
  const size = a.shape.reduce((n, d) => n * d, 1);
  const lanes = lanesOf(size);
  const inPlace = a.dataId === c.dataId;
  gpu().run({
    shader: sum({ lanes, inPlace }),
    binds: inPlace
      ? [{ tensor: a, write: true }, { tensor: b }]
      : [{ tensor: c, write: true }, { tensor: a }, { tensor: b }],
    params: Params.all({ n: size / lanes }),
    workgroups: flatGrid(size / lanes, STREAM_GROUP),
  });
}

const Segment = struct('Segment', { first: 'u32', n: 'u32' });
const pairsParams = (count: number) => struct('Params', { segments: arrayOf(Segment, count) });

/** a += b of several pairs: a flat sweep, since all that it takes is the way to memory and back. */
const pairSums = shader(
  'add pairs',
  ({ lanes }: { lanes: readonly Lanes[] }) => `
${pairsParams(lanes.length).wgsl}
${lanes
  .map(
    (l, s) => `@group(0) @binding(${2 * s}) var<storage, read_write> a${s}: array<${typeOf(l)}>;
@group(0) @binding(${2 * s + 1}) var<storage, read> b${s}: array<${typeOf(l)}>;`,
  )
  .join('\n')}
@group(0) @binding(${2 * lanes.length}) var<uniform> p: Params;
${segmentedMain(
  lanes.length,
  perSegment(lanes.length, (s) => `a${s}[i] += b${s}[i];`),
)}`,
);

type Pair = readonly [a: TensorInfo, b: TensorInfo];

function dispatchPairs(pairs: readonly Pair[]): void {
  const sizes = pairs.map(([{ shape }]) => shape.reduce((n, d) => n * d, 1));
  const lanes = sizes.map(lanesOf);
  const { firsts, total } = layOut(sizes.map((size, s) => Math.ceil(size / lanes[s]! / STREAM_GROUP)));
  gpu().run({
    shader: pairSums({ lanes }),
    binds: pairs.flatMap(([a, b]) => [{ tensor: a, write: true as const }, { tensor: b }]),
    params: pairsParams(pairs.length).all({
      segments: sizes.map((size, s) => ({ first: firsts[s]!, n: size / lanes[s]! })),
    }),
    workgroups: grid1d(total, 1),
  });
}

const addOp = defineOp<'a' | 'b'>({
  name: 'AtelierAdd',
  gpu: ({ a, b }) => {
    const c = gpu().alloc(a.shape);
    dispatch(a, b, c);
    return [c];
  },
  reference: ({ a, b }) => [{ shape: a.shape, data: a.data.map((x, i) => x + b.data[i]!) }],
  wasm: ({ a, b }) => [addOnHeap(a, b)],
  gradient: ([dy]) => ({ a: () => dy!, b: () => dy! }),
});

const addInPlaceOp = defineOp<'a' | 'b'>({
  name: 'AtelierAddInPlace',
  gpu: ({ a, b }) => {
    dispatch(a, b, a);
    return [];
  },
  reference: ({ a, b }) => {
    a.data.forEach((x, i) => (a.data[i] = x + b.data[i]!));
    return [];
  },
  wasm: ({ a, b }) => {
    addInPlaceOnHeap(a, b);
    return [];
  },
});

/** a + b, both of one shape; the gradient of each is dy itself. */
export function add(a: Tensor, b: Tensor): Tensor {
  return addOp({ a, b })[0]!;
}

/** a += b, both of one shape and of different buffers. Every clone of `a` changes with it. Has no gradient. */
export function addInPlace(a: Tensor, b: Tensor): void {
  addInPlaceOp({ a, b });
}

/** a += b of every pair, several in a dispatch: the gradients of a micro-batch. All buffers differ. */
export function addPairsInPlace(pairs: readonly Pair[]): void {
  if (onCpu()) return pairs.forEach(([a, b]) => addInPlaceOnHeap(a, b));
  for (const some of byParts(pairs, Math.floor(bindingLimit() / 2))) dispatchPairs(some);
}

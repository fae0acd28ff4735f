/**
 * Sums of two tensors of one shape: c = a + b (the residual stream), and a += b in place (gradients that meet at one
 * tensor, and gradients of micro-batches).
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { addInPlaceOnHeap, addOnHeap } from './pointwise.cpu';
import { onCpu } from '../../device/currentDevice';
import { defineOp, flatIndex, gpu, grid1d } from '../../device/kernel';
import { bindingLimit, byParts, findSegment, layOut, perSegment } from '../../device/manyTensors';

const GROUP = 256;

/** Four numbers per invocation where the size allows it: a quarter of the index arithmetic. */
const shader = (lanes: 1 | 4, inPlace: boolean): string => {
  const type = lanes === 4 ? 'vec4f' : 'f32';
  const [target, first] = inPlace ? ['a', ''] : ['c', '@group(0) @binding(0) var<storage, read_write> c: array<T>;'];
  const b = inPlace ? 1 : 2;
  return `
alias T = ${type};
struct Params { n: u32 };
${first}
@group(0) @binding(${b - 1}) var<storage, ${inPlace ? 'read_write' : 'read'}> a: array<T>;
@group(0) @binding(${b}) var<storage, read> b: array<T>;
@group(0) @binding(${b + 1}) var<uniform> p: Params;
@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = ${flatIndex(GROUP)};
  if (i < p.n) { ${target}[i] = a[i] + b[i]; }
}`;
};

function dispatch(a: TensorInfo, b: TensorInfo, c: TensorInfo): void {
  const size = a.shape.reduce((n, d) => n * d, 1);
  const lanes = size % 4 === 0 ? 4 : 1;
  const inPlace = a.dataId === c.dataId;
  gpu().run({
    key: `add ${lanes} ${inPlace}`,
    wgsl: () => shader(lanes, inPlace),
    binds: inPlace
      ? [{ tensor: a, write: true }, { tensor: b }]
      : [{ tensor: c, write: true }, { tensor: a }, { tensor: b }],
    params: (view) => view.setUint32(0, size / lanes, true),
    workgroups: grid1d(size / lanes, GROUP),
  });
}

/** a += b of several pairs: a flat sweep, since all that it takes is the way to memory and back. */
const shaderOfPairs = (lanes: readonly (1 | 4)[]): string => `
struct Segment { first: u32, n: u32, pad0: u32, pad1: u32 };
struct Params { segments: array<Segment, ${lanes.length}> };
${lanes
  .map((l, s) => {
    const type = l === 4 ? 'vec4f' : 'f32';
    return `@group(0) @binding(${2 * s}) var<storage, read_write> a${s}: array<${type}>;
@group(0) @binding(${2 * s + 1}) var<storage, read> b${s}: array<${type}>;`;
  })
  .join('\n')}
@group(0) @binding(${2 * lanes.length}) var<uniform> p: Params;
@compute @workgroup_size(${GROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  ${findSegment(lanes.length)}
  let i = (workgroup - p.segments[segment].first) * ${GROUP}u + t;
  if (i >= p.segments[segment].n) { return; }
  ${perSegment(lanes.length, (s) => `a${s}[i] += b${s}[i];`)}
}`;

type Pair = readonly [a: TensorInfo, b: TensorInfo];

function dispatchPairs(pairs: readonly Pair[]): void {
  const sizes = pairs.map(([{ shape }]) => shape.reduce((n, d) => n * d, 1));
  const lanes = sizes.map((size) => (size % 4 === 0 ? 4 : 1));
  const { firsts, total } = layOut(sizes.map((size, s) => Math.ceil(size / lanes[s]! / GROUP)));
  gpu().run({
    key: `add pairs ${lanes.join('')}`,
    wgsl: () => shaderOfPairs(lanes),
    binds: pairs.flatMap(([a, b]) => [{ tensor: a, write: true as const }, { tensor: b }]),
    params: (view) =>
      sizes.forEach((size, s) =>
        [firsts[s]!, size / lanes[s]!].forEach((x, i) => view.setUint32(16 * s + 4 * i, x, true)),
      ),
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

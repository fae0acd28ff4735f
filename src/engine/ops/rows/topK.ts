/**
 * The k largest of n numbers with their places, so that of a large vocabulary's logits only those cross to JavaScript
 * that can be drawn. One workgroup finds them by their digits (a radix select): a number's bits become a key that
 * orders as the number does, and below it stand those of its place, the lower the larger, so that no two are equal.
 * From the highest byte down, a histogram of those that may still be the k-th tells its byte there; it ends as soon as
 * all of those are taken, mostly after three bytes. Counts are integers, so their order does not matter; each that is
 * taken then finds its rank by place, so the result has one order. A NaN counts as larger than all.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineOp, fixedShader, gpu, struct, type CpuTensor } from '../../device/kernel';

/** One invocation for each value of a byte. */
const GROUP = 256;
/** The largest k: their places stand in workgroup memory. */
export const MOST_TOP = 512;

const Params = struct('Params', { n: 'u32', k: 'u32' });

const top = fixedShader(
  'topK',
  `
${Params.wgsl}
@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<uniform> p: Params;
var<workgroup> bins: array<atomic<u32>, ${GROUP}>;
var<workgroup> found: vec3u;
var<workgroup> taken: atomic<u32>;
var<workgroup> places: array<u32, ${MOST_TOP}>;
fn wordOf(i: u32) -> vec2u {
  var bits = x[i];
  if (bits == 0x80000000u) { bits = 0u; }
  let key = select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
  return vec2u(select(key, 0xffffffffu, (bits & 0x7fffffffu) > 0x7f800000u), ~i);
}
@compute @workgroup_size(${GROUP})
fn main(@builtin(local_invocation_index) t: u32) {
  var prefix = vec2u(0u);
  var mask = vec2u(0u);
  var needed = p.k;
  for (var turn = 0u; turn < 8u; turn++) {
    let part = turn / 4u;
    let shift = 24u - 8u * (turn % 4u);
    atomicStore(&bins[t], 0u);
    workgroupBarrier();
    for (var i = t; i < p.n; i += ${GROUP}u) {
      let word = wordOf(i);
      if (all((word & mask) == prefix)) { atomicAdd(&bins[(word[part] >> shift) & 255u], 1u); }
    }
    workgroupBarrier();
    if (t == 0u) {
      var digit = 255u;
      var above = 0u;
      var here = atomicLoad(&bins[digit]);
      while (above + here < needed && digit > 0u) {
        above += here;
        digit--;
        here = atomicLoad(&bins[digit]);
      }
      found = vec3u(digit, needed - above, here);
    }
    let at = workgroupUniformLoad(&found);
    prefix[part] |= at.x << shift;
    mask[part] |= 255u << shift;
    needed = at.y;
    if (at.y == at.z) { break; }
  }
  for (var i = t; i < p.n; i += ${GROUP}u) {
    let word = wordOf(i) & mask;
    if (word.x > prefix.x || (word.x == prefix.x && word.y >= prefix.y)) { places[atomicAdd(&taken, 1u)] = i; }
  }
  workgroupBarrier();
  for (var c = t; c < p.k; c += ${GROUP}u) {
    let place = places[c];
    var rank = 0u;
    for (var other = 0u; other < p.k; other++) { rank += select(0u, 1u, places[other] < place); }
    y[rank] = x[place];
    y[p.k + rank] = place;
  }
}`,
);

/** Places of the k largest, NaN before all. */
function placesOfTop({ data }: CpuTensor, k: number): number[] {
  const isNaN = (i: number): number => Number(Number.isNaN(data[i]));
  const larger = (a: number, b: number): number => Number(data[b]! > data[a]!) - Number(data[a]! > data[b]!);
  const order = Array.from(data, (_, i) => i).sort((a, b) => isNaN(b) - isNaN(a) || larger(a, b) || a - b);
  return order.slice(0, k).sort((a, b) => a - b);
}

const topOp = defineOp<'x', { k: number }>({
  name: 'AtelierTopK',
  gpu: ({ x }, { k }) => {
    const y = gpu().alloc([2, k], 'int32');
    gpu().run({
      shader: top,
      binds: [{ tensor: y, write: true }, { tensor: x }],
      params: Params.all({ n: x.shape.reduce((n, d) => n * d, 1), k }),
      workgroups: [1, 1, 1],
    });
    return [y];
  },
  reference: ({ x }, { k }) => {
    const places = placesOfTop(x, k);
    const bits = new Int32Array(Float32Array.from(places, (i) => x.data[i]!).buffer);
    return [{ shape: [2, k], data: Int32Array.from([...bits, ...places]) }];
  },
});

/**
 * int32 [2, k]: the bits of the k largest numbers of x, then their places, by which they are in order; of equal ones
 * those at lower places are taken. Has no gradient.
 * @throws RangeError for a k above 512 or above the size of x
 */
export function topK(x: Tensor, k: number): Tensor {
  if (k < 1 || k > Math.min(MOST_TOP, x.size)) throw new RangeError(`the ${k} largest of ${x.size} numbers`);
  return topOp({ x }, { k })[0]!;
}

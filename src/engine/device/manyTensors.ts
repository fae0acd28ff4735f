/**
 * Several tensors in one dispatch: small ones (a model has two norms in each block) would otherwise cost a dispatch
 * each. Every tensor gets whole workgroups of its own, one tensor's after the other's, so that all invocations of a
 * workgroup take the same branch.
 */
import { onCpu } from './currentDevice';
import { gpu } from './kernel';

/** Invocations of a workgroup that only streams numbers from memory and back. */
export const STREAM_GROUP = 256;

/** Storage buffers of one dispatch: what adapters offer beyond it is not relied on. */
const MOST_BUFFERS = 10;

/**
 * Storage buffers that a dispatch may bind on this adapter: 8 at least, by WebGPU's own limits. The CPU binds nothing.
 */
export const bindingLimit = (): number =>
  onCpu() ? MOST_BUFFERS : Math.min(MOST_BUFFERS, gpu().device.limits.maxStorageBuffersPerShaderStage);

/** Neighbours by `most`. */
export function byParts<T>(list: readonly T[], most: number): T[][] {
  const parts: T[][] = [];
  for (let at = 0; at < list.length; at += most) parts.push(list.slice(at, at + most));
  return parts;
}

/** The first workgroup of each segment, and how many there are in all. */
export function layOut(workgroups: readonly number[]): { firsts: number[]; total: number } {
  let total = 0;
  const firsts = workgroups.map((n) => (total += n) - n);
  return { firsts, total };
}

/** WGSL: `segment` of `workgroup`, for params with `segments: array<Segment, count>` of which `first` is a field. */
export const findSegment = (count: number): string => `
  let workgroup = group.x + group.y * groups.x;
  var segment = 0u;
  for (var s = 1u; s < ${count}u; s++) { if (workgroup >= p.segments[s].first) { segment = s; } }`;

/** WGSL: what belongs to the segment found. */
export const perSegment = (count: number, body: (segment: number) => string): string =>
  Array.from({ length: count }, (_, s) => `if (segment == ${s}u) { ${body(s)} }`).join('\n  else ');

/**
 * WGSL of a `main` with one invocation per element of a segment: `own` is the segment, `i` the element, below `own.n`.
 */
export const segmentedMain = (count: number, body: string): string => `
@compute @workgroup_size(${STREAM_GROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  ${findSegment(count)}
  let own = p.segments[segment];
  let i = (workgroup - own.first) * ${STREAM_GROUP}u + t;
  if (i >= own.n) { return; }
  ${body}
}`;

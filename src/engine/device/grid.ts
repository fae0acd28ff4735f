/**
 * How many workgroups a dispatch has, how a shader finds its place among them, and the head of a kernel that has one
 * invocation for each element of its result.
 */

/**
 * WebGPU's default limit of workgroups in one dimension (`maxComputeWorkgroupsPerDimension`,
 * https://www.w3.org/TR/webgpu/#limits), which most adapters keep to.
 */
const MAX_WORKGROUPS = 65535;

/**
 * Workgroups for `n` invocations in a row, folded over two dimensions above 65,535; the shader recovers its place with
 * `flatIndex`.
 */
export function grid1d(n: number, workgroupSize: number): [number, number, number] {
  const groups = Math.max(1, Math.ceil(n / workgroupSize));
  const rows = Math.ceil(groups / MAX_WORKGROUPS);
  return [Math.ceil(groups / rows), rows, 1];
}

/**
 * WGSL of the invocation's index in a `grid1d` (it can exceed n−1), for `id: global_invocation_id` and
 * `groups: num_workgroups`. With a workgroup size of 1 it is the index of the workgroup.
 */
export const flatIndex = (workgroupSize: number, id = 'id', groups = 'groups'): string =>
  `(${id}.x + ${id}.y * ${groups}.x * ${workgroupSize}u)`;

/**
 * Invocations of a workgroup where each has one element: a multiple of every subgroup's size, and small enough that
 * a short row does not leave most of them idle.
 */
export const FLAT_GROUP = 64;

/** Workgroups of a `flatMain` over `n` elements. */
export const flatGrid = (n: number, group = FLAT_GROUP): [number, number, number] => grid1d(n, group);

/** WGSL of a `main` whose invocation has element `i` below `p.n`. */
export const flatMain = (body: string, group = FLAT_GROUP): string => `
@compute @workgroup_size(${group})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = ${flatIndex(group)};
  if (i >= p.n) { return; }
  ${body}
}`;

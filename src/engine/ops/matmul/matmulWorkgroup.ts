/**
 * Variants `workgroup` and `workgroup32`: 64 invocations, 8 × 8, compute a 64 × 64 (32 × 32) tile of C; slices of A and
 * B, 16 deep, go through workgroup memory, both stored with K as the slow index, so that transposition happens while
 * loading and all forms share the inner loop: 4 vec4 reads per 64 multiply-adds. For GPUs, whose storage reads are far
 * away.
 */
import { dequantSetup } from '../matrix/dequantWgsl';
import { header, openWindow, quad, upTo, type MatmulSpec } from './matmulSpec';

export const DEPTH = 16;
const INVOCATIONS = 64;
/** Invocations along either side of the tile. */
const ACROSS = 8;

interface Operand {
  spec: MatmulSpec;
  matrix: 'A' | 'B';
  slice: 'sliceA' | 'sliceB';
  isQuad: boolean;
  /** The first row of C (for A) or column (for B) of this tile, and how many the matrix has. */
  first: string;
  extent: string;
  /** Where its row number … begins. */
  start: (row: string) => string;
  /** Quads of one K-row of the slice. */
  quads: number;
}

/** Four numbers of a row from column `at` on, zero from `limit` (a count of valid ones) on. */
const guarded = ({ spec, matrix, isQuad }: Operand, row: string, at: string, limit: string): string =>
  isQuad
    ? `v = ${quad(spec, matrix, row, at)};`
    : `for (var q = 0u; q < min(4u, ${limit}); q++) { v[q] = ${matrix}[${row} + ${at} + q]; }`;

/** Loads quads that lie along K and scatters them over four K-rows of the slice. */
const loadAlongK = (o: Operand): string => `
    let m = i / ${DEPTH / 4}u; let k = (i % ${DEPTH / 4}u) * 4u; var v = vec4f(0.0);
    if (${o.first} + m < ${o.extent} && k0 + k < K) { ${guarded(o, o.start(`${o.first} + m`), 'k0 + k', 'K - k0 - k')} }
    for (var q = 0u; q < 4u; q++) { ${o.slice}[(k + q) * ${o.quads}u + (m >> 2u)][m & 3u] = v[q]; }`;

/** Loads quads that lie across K: they are quads of the slice already. */
const loadAcrossK = (o: Operand): string => `
    let k = i / ${o.quads}u; let m = (i % ${o.quads}u) * 4u; var v = vec4f(0.0);
    if (k0 + k < K && ${o.first} + m < ${o.extent}) { ${guarded(o, o.start('k0 + k'), `${o.first} + m`, `${o.extent} - ${o.first} - m`)} }
    ${o.slice}[k * ${o.quads}u + (m >> 2u)] = v;`;

const load = (o: Operand, alongK: boolean): string =>
  `for (var n = 0u; n < ${(o.quads * DEPTH) / INVOCATIONS}u; n++) { let i = local + n * ${INVOCATIONS}u; ${alongK ? loadAlongK(o) : loadAcrossK(o)} }`;

export function workgroupWGSL(s: MatmulSpec, block: number): string {
  const side = block / ACROSS;
  const [rows, quads] = [upTo(side), upTo(side / 4)];
  const width = block / 4;
  const a: Operand = {
    ...{ spec: s, matrix: 'A', slice: 'sliceA', isQuad: s.quadA, first: 'row0', extent: 'M', quads: width },
    start: (row) => `w.at.y + (${row}) * w.step.y`,
  };
  const b: Operand = {
    ...{ spec: s, matrix: 'B', slice: 'sliceB', isQuad: s.quadB, first: 'column0', extent: 'N', quads: width },
    start: (row) => `w.at.z + (${row}) * w.step.z`,
  };
  return `${header(s)}
var<workgroup> sliceA: array<vec4f, ${DEPTH * width}>;
var<workgroup> sliceB: array<vec4f, ${DEPTH * width}>;
@compute @workgroup_size(${INVOCATIONS})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  ${dequantSetup(s.right, 'local')}
  ${openWindow(s, 'group.z')}
  let tile = group.x + group.y * groups.x;
  let across = (N + ${block - 1}u) / ${block}u;
  let row0 = (tile / across) * ${block}u;
  let column0 = (tile % across) * ${block}u;
  if (row0 >= M) { return; }
  let tx = local % ${ACROSS}u; let ty = local / ${ACROSS}u;
  ${rows.map((i) => quads.map((j) => `var s${i}_${j} = vec4f(0.0);`).join(' ')).join(' ')}
  for (var k0 = ${s.sliced ? 'group.z * w.size.w' : '0u'}; k0 < K; k0 += ${DEPTH}u) {
    ${load(a, s.form !== 'TN')}
    ${load(b, s.form === 'NT')}
    workgroupBarrier();
    for (var k = 0u; k < ${DEPTH}u; k++) {
      ${quads.map((i) => `let x${i} = sliceA[k * ${width}u + ty * ${quads.length}u + ${i}u];`).join(' ')}
      ${quads.map((j) => `let y${j} = sliceB[k * ${width}u + tx + ${ACROSS * j}u];`).join(' ')}
      ${rows.map((i) => quads.map((j) => `s${i}_${j} = fma(vec4f(x${i >> 2}[${i & 3}]), y${j}, s${i}_${j});`).join(' ')).join('\n      ')}
    }
    workgroupBarrier();
  }
  ${rows.map((i) => quads.map((j) => `put(w, row0 + ty * ${side}u + ${i}u, column0 + (tx + ${ACROSS * j}u) * 4u, s${i}_${j});`).join(' ')).join('\n  ')}
}`;
}

/**
 * Variant `registers`: each invocation keeps an 8 × 8 tile of C in registers and reads A and B straight from storage; no workgroup memory,
 * no barrier. Preferred on software adapters: on SwiftShader (2 shared cores) all products of a training step of 0.1M (C64 L2 V256, 512
 * tokens, 359 MFLOP) take 226 ms here and 484 ms with `workgroup`, 0.47 of it; compiling takes 0.2 s a shader against 1 s.
 */
import { flatIndex } from './grid';
import { header, quad, upTo, type MatmulSpec } from './matmulSpec';

export const TILE = 8;
export const REGISTERS_GROUP = 16;

const rows = upTo(TILE);
/** Quads of a row of the tile. */
const quads = upTo(TILE / 4);
const join = (lines: string[]): string => lines.join('\n    ');

/** Offsets of the tile's rows of A and, in NT, of its columns' rows of B; those beyond the edge read the last row and are never stored. */
const offsets = ({ form }: MatmulSpec): string =>
  join([
    ...(form === 'TN' ? [] : rows.map((i) => `let a${i} = min(row + ${i}u, p.M - 1u) * p.K;`)),
    ...(form === 'NT' ? rows.map((j) => `let b${j} = min(column + ${j}u, p.N - 1u) * p.K;`) : []),
  ]);

/** Adds the products of x (a number per row) with the quads y0, y1 of one row of B. */
const outer = (x: (i: number) => string): string =>
  join(rows.map((i) => quads.map((j) => `s${i}_${j} += ${x(i)} * y${j};`).join(' ')));

const rowOfB = (s: MatmulSpec, k: string): string =>
  quads.map((j) => `let y${j} = ${quad('B', s.quadB, `${k} * p.N + column + ${4 * j}u`)};`).join(' ');

/** Four steps along K at once, as both operands of NT and the A of NN lie along K. */
function fourSteps(s: MatmulSpec): string {
  const x = rows.map((i) => `let x${i} = ${quad('A', s.quadA, `a${i} + k`)};`);
  if (s.form === 'NN') {
    const y = upTo(4).flatMap((q) =>
      quads.map((j) => `let y${q}_${j} = ${quad('B', s.quadB, `(k + ${q}u) * p.N + column + ${4 * j}u`)};`),
    );
    const products = (i: number, j: number) =>
      upTo(4)
        .map((q) => `x${i}.${'xyzw'[q]} * y${q}_${j}`)
        .join(' + ');
    return join([...x, ...y, ...rows.flatMap((i) => quads.map((j) => `s${i}_${j} += ${products(i, j)};`))]);
  }
  const y = rows.map((j) => `let y${j} = ${quad('B', s.quadB, `b${j} + k`)};`);
  const dots = (i: number, j: number) =>
    upTo(4)
      .map((q) => `dot(x${i}, y${4 * j + q})`)
      .join(', ');
  return join([...x, ...y, ...rows.flatMap((i) => quads.map((j) => `s${i}_${j} += vec4f(${dots(i, j)});`))]);
}

/** One step along K: the whole loop of TN, the rest of a K that is no multiple of 4 in the other forms. */
function oneStep(s: MatmulSpec): string {
  if (s.form === 'TN') {
    const x = quads.map((i) => `let x${i} = ${quad('A', s.quadA, `k * p.M + row + ${4 * i}u`)};`).join(' ');
    return join([x, rowOfB(s, 'k'), outer((i) => `x${i >> 2}[${i & 3}]`)]);
  }
  const y =
    s.form === 'NN'
      ? rowOfB(s, 'k')
      : quads
          .map(
            (j) =>
              `let y${j} = vec4f(${upTo(4)
                .map((q) => `B[b${4 * j + q} + k]`)
                .join(', ')});`,
          )
          .join(' ');
  return join([y, outer((i) => `A[a${i} + k]`)]);
}

/**
 * Two steps along K of TN, in the order of single ones, so with their bits; the accumulators, more than a CPU has registers, are fetched and
 * put back half as often. Measured on SwiftShader, weight gradients of 0.1M and 0.8M: 1.13 to 1.34 times the rate of single steps.
 */
function twoStepsTN(s: MatmulSpec): string {
  const loads = upTo(2).flatMap((q) => [
    ...quads.map((i) => `let x${q}_${i} = ${quad('A', s.quadA, `(k + ${q}u) * p.M + row + ${4 * i}u`)};`),
    ...quads.map((j) => `let y${q}_${j} = ${quad('B', s.quadB, `(k + ${q}u) * p.N + column + ${4 * j}u`)};`),
  ]);
  const twice = (i: number, j: number): string => {
    const x = (q: number): string => `vec4f(x${q}_${i >> 2}[${i & 3}])`;
    return `s${i}_${j} = fma(${x(1)}, y1_${j}, fma(${x(0)}, y0_${j}, s${i}_${j}));`;
  };
  return join([...loads, ...rows.flatMap((i) => quads.map((j) => twice(i, j)))]);
}

function loops(s: MatmulSpec): string {
  if (s.form === 'TN')
    return `for (var k = 0u; k + 2u <= p.K; k += 2u) { ${twoStepsTN(s)} }
  if (p.K % 2u == 1u) { let k = p.K - 1u; ${oneStep(s)} }`;
  const main = `for (var k = 0u; k + 4u <= p.K; k += 4u) { ${fourSteps(s)} }`;
  return s.wholeK ? main : `${main}\n  for (var k = p.K & ~3u; k < p.K; k++) { ${oneStep(s)} }`;
}

export const registersWGSL = (s: MatmulSpec): string => `${header(s)}
@compute @workgroup_size(${REGISTERS_GROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let tile = ${flatIndex(REGISTERS_GROUP)};
  let across = (p.N + ${TILE - 1}u) / ${TILE}u;
  let row = (tile / across) * ${TILE}u;
  let column = (tile % across) * ${TILE}u;
  if (row >= p.M) { return; }
  ${offsets(s)}
  ${rows.map((i) => quads.map((j) => `var s${i}_${j} = vec4f(0.0);`).join(' ')).join(' ')}
  ${loops(s)}
  ${join(rows.map((i) => quads.map((j) => `put(row + ${i}u, column + ${4 * j}u, s${i}_${j});`).join(' ')))}
}`;

/**
 * Variants `registers` and `registers4`: each invocation keeps an 8 × 8 (4 × 4) tile of C in registers and reads A and
 * B straight from storage; no workgroup memory, no barrier. Preferred on software adapters: on SwiftShader (2 shared
 * cores) all products of a training step of 0.1M (C64 L2 V256, 512 tokens, 359 MFLOP) take 226 ms here and 484 ms with
 * `workgroup`, 0.47 of it; compiling takes 0.2 s a shader against 1 s.
 */
import { flatIndex } from '../../device/grid';
import { dequantSetup } from '../matrix/dequantWgsl';
import { header, openWindow, quad, single, upTo, type MatmulSpec } from './matmulSpec';

export const REGISTERS_GROUP = 16;

/** A shader for tiles of `side` × `side`, a multiple of 4. */
type Tiled = MatmulSpec & { side: number };

const rowsOf = ({ side }: Tiled): number[] => upTo(side);
/** Quads of a row of the tile. */
const quadsOf = ({ side }: Tiled): number[] => upTo(side / 4);
const join = (lines: string[]): string => lines.join('\n    ');

/**
 * Where the tile's rows of A begin and, in NT, its columns' rows of B; those beyond the edge read the last row and are
 * never stored.
 */
const offsets = (s: Tiled): string =>
  join([
    ...(s.form === 'TN' ? [] : rowsOf(s).map((i) => `let a${i} = w.at.y + min(row + ${i}u, M - 1u) * w.step.y;`)),
    ...(s.form === 'NT' ? rowsOf(s).map((j) => `let b${j} = w.at.z + min(column + ${j}u, N - 1u) * w.step.z;`) : []),
  ]);

/** Where row k of an operand begins that lies across K. */
const startA = (k: string): string => `w.at.y + (${k}) * w.step.y`;
const startB = (k: string): string => `w.at.z + (${k}) * w.step.z`;

/** Adds the products of x (a number per row) with the quads y0, y1 of one row of B. */
const outer = (s: Tiled, x: (i: number) => string): string =>
  join(
    rowsOf(s).map((i) =>
      quadsOf(s)
        .map((j) => `s${i}_${j} += ${x(i)} * y${j};`)
        .join(' '),
    ),
  );

const rowOfB = (s: Tiled, k: string): string =>
  quadsOf(s)
    .map((j) => `let y${j} = ${quad(s, 'B', startB(k), `column + ${4 * j}u`)};`)
    .join(' ');

/** Four steps along K at once, as both operands of NT and the A of NN lie along K. */
function fourSteps(s: Tiled): string {
  const x = rowsOf(s).map((i) => `let x${i} = ${quad(s, 'A', `a${i}`, 'k')};`);
  if (s.form === 'NN') {
    const y = upTo(4).flatMap((q) =>
      quadsOf(s).map((j) => `let y${q}_${j} = ${quad(s, 'B', startB(`k + ${q}u`), `column + ${4 * j}u`)};`),
    );
    const products = (i: number, j: number) =>
      upTo(4)
        .map((q) => `x${i}.${'xyzw'[q]} * y${q}_${j}`)
        .join(' + ');
    return join([...x, ...y, ...rowsOf(s).flatMap((i) => quadsOf(s).map((j) => `s${i}_${j} += ${products(i, j)};`))]);
  }
  const y = rowsOf(s).map((j) => `let y${j} = ${quad(s, 'B', `b${j}`, 'k')};`);
  const dots = (i: number, j: number) =>
    upTo(4)
      .map((q) => `dot(x${i}, y${4 * j + q})`)
      .join(', ');
  return join([...x, ...y, ...rowsOf(s).flatMap((i) => quadsOf(s).map((j) => `s${i}_${j} += vec4f(${dots(i, j)});`))]);
}

/** One step along K: the whole loop of TN, the rest of a K that is no multiple of 4 in the other forms. */
function oneStep(s: Tiled): string {
  if (s.form === 'TN') {
    const x = quadsOf(s)
      .map((i) => `let x${i} = ${quad(s, 'A', startA('k'), `row + ${4 * i}u`)};`)
      .join(' ');
    return join([x, rowOfB(s, 'k'), outer(s, (i) => `x${i >> 2}[${i & 3}]`)]);
  }
  const y =
    s.form === 'NN'
      ? rowOfB(s, 'k')
      : quadsOf(s)
          .map(
            (j) =>
              `let y${j} = vec4f(${upTo(4)
                .map((q) => single(s, 'B', `b${4 * j + q}`, 'k'))
                .join(', ')});`,
          )
          .join(' ');
  return join([y, outer(s, (i) => single(s, 'A', `a${i}`, 'k'))]);
}

/**
 * Two steps along K of TN, in the order of single ones, so with their bits; the accumulators, more than a CPU has
 * registers, are fetched and put back half as often. Measured on SwiftShader, weight gradients of 0.1M and 0.8M: 1.13
 * to 1.34 times the rate of single steps.
 */
function twoStepsTN(s: Tiled): string {
  const loads = upTo(2).flatMap((q) => [
    ...quadsOf(s).map((i) => `let x${q}_${i} = ${quad(s, 'A', startA(`k + ${q}u`), `row + ${4 * i}u`)};`),
    ...quadsOf(s).map((j) => `let y${q}_${j} = ${quad(s, 'B', startB(`k + ${q}u`), `column + ${4 * j}u`)};`),
  ]);
  const twice = (i: number, j: number): string => {
    const x = (q: number): string => `vec4f(x${q}_${i >> 2}[${i & 3}])`;
    return `s${i}_${j} = fma(${x(1)}, y1_${j}, fma(${x(0)}, y0_${j}, s${i}_${j}));`;
  };
  return join([...loads, ...rowsOf(s).flatMap((i) => quadsOf(s).map((j) => twice(i, j)))]);
}

function loops(s: Tiled): string {
  if (s.form === 'TN')
    return `for (var k = 0u; k + 2u <= K; k += 2u) { ${twoStepsTN(s)} }
  if (K % 2u == 1u) { let k = K - 1u; ${oneStep(s)} }`;
  const main = `for (var k = 0u; k + 4u <= K; k += 4u) { ${fourSteps(s)} }`;
  return s.wholeK ? main : `${main}\n  for (var k = K & ~3u; k < K; k++) { ${oneStep(s)} }`;
}

export function registersWGSL(spec: MatmulSpec, side: number): string {
  const s = { ...spec, side };
  return `${header(s)}
@compute @workgroup_size(${REGISTERS_GROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  ${dequantSetup(s.right, 'local')}
  ${openWindow(s, 'id.z')}
  let tile = ${flatIndex(REGISTERS_GROUP)};
  let across = (N + ${side - 1}u) / ${side}u;
  let row = (tile / across) * ${side}u;
  let column = (tile % across) * ${side}u;
  if (row >= M) { return; }
  ${offsets(s)}
  ${rowsOf(s)
    .map((i) =>
      quadsOf(s)
        .map((j) => `var s${i}_${j} = vec4f(0.0);`)
        .join(' '),
    )
    .join(' ')}
  ${loops(s)}
  ${join(
    rowsOf(s).map((i) =>
      quadsOf(s)
        .map((j) => `put(w, row + ${i}u, column + ${4 * j}u, s${i}_${j});`)
        .join(' '),
    ),
  )}
}`;
}

/**
 * What the matmul shaders share. C[M,N] = op(A) op(B), row-major, in three forms:
 *   NN  A[M,K] B[K,N]      NT  A[M,K] B[N,K]      TN  A[K,M] B[K,N]
 * which are closed under differentiation; TT is never needed. All is f32, but B may be packed (`quantize.ts`). A
 * product reads and writes windows of larger matrices, several in one dispatch: one of each pair of a batch, or one for
 * each part of a fused layer.
 */
import type { MatmulForm } from '../../../base/wire/machine';
import { arrayOf, struct } from '../../device/struct';
import { rightWGSL, type RightKind } from '../matrix/dequantWgsl';
import { withHalves } from '../../device/variants';

export type Form = MatmulForm;
/** What happens to the product: stored, stored with a third matrix added, or added to what C holds. */
export type Epilogue = 'store' | 'residual' | 'accumulate';

/** One product. A triple tells something of C, A and B, in elements; of a packed B in words. */
export interface MatrixView {
  M: number;
  N: number;
  K: number;
  /** Where the first elements stand. */
  at: Triple;
  /** From one row to the next. */
  step: Triple;
  /** The element of the bias that belongs to its first column; absent: the first. */
  biasAt?: number;
  /** Each z sums so many terms of K, from z times as many on, and the last z what is left; absent: all. */
  slice?: number;
}
export type Triple = readonly [c: number, a: number, b: number];

/** The most windows of one dispatch that are no batch: query, key and value. */
export const MOST_VIEWS = 3;

/** What a dispatch computes. */
export interface MatmulJob {
  form: Form;
  epilogue: Epilogue;
  bias: boolean;
  right: RightKind;
  /** One for each z of the grid; of a batch the first, which `batch` moves from z to z. */
  windows: readonly MatrixView[];
  count: number;
  batch: Triple;
  /** Factor of the product. */
  alpha: number;
  /** First word of the scales in a row of a packed B. */
  scales: number;
}

/** The constants of a shader; sizes themselves are params, so a new length compiles nothing. */
export interface MatmulSpec extends Pick<MatmulJob, 'form' | 'epilogue' | 'bias' | 'right'> {
  /** Each z has a window of its own. */
  grouped: boolean;
  /** Read (A, B) or written (C) four numbers at once: wherever four begin is a multiple of 4. */
  quadA: boolean;
  quadB: boolean;
  quadC: boolean;
  /** Halves are read as such (`shader-f16`), not as words. */
  native: boolean;
  /** Each z has a slice of K. */
  sliced: boolean;
  /** K is a multiple of 4, so that a loop by fours along K needs no rest. */
  wholeK: boolean;
}

/** The spec of one job. */
export function specOf({ form, epilogue, bias, right, windows, batch }: MatmulJob): MatmulSpec {
  const whole = (...all: number[]): boolean => all.every((n) => n % 4 === 0);
  /** Where rows of this operand begin, and how long they are. */
  const quads = (i: 0 | 1 | 2, width: (w: MatrixView) => number): boolean =>
    windows.every((w) => whole(w.at[i], w.step[i], batch[i], width(w)));
  return {
    form,
    epilogue,
    bias,
    right,
    grouped: windows.length > 1,
    quadA: quads(1, (w) => (form === 'TN' ? w.M : w.K)),
    quadB: right !== 'f32' || quads(2, (w) => (form === 'NT' ? w.K : w.N)),
    quadC: quads(0, (w) => w.N) && windows.every((w) => whole(w.biasAt ?? 0)),
    native: right === 'f16' && withHalves(),
    sliced: windows.some((w) => w.slice !== undefined),
    wholeK: windows.every((w) => whole(w.K)),
  };
}

/**
 * `at`: first elements of C, A, B and the bias; `size`: M, N, K and the terms of a slice; the fourth of others is 0.
 */
const Window = struct('Window', { size: 'vec4u', at: 'vec4u', step: 'vec4u', batch: 'vec4u' });
const Params = struct('Params', { windows: arrayOf(Window, MOST_VIEWS), alpha: 'f32', scales: 'u32' });

/** What writes the params of a job. */
export const jobParams = ({ windows, batch, alpha, scales }: MatmulJob): ((view: DataView) => void) =>
  Params.all({
    windows: windows.map(({ M, N, K, at, step, biasAt = 0, slice = 0 }) => ({
      size: [M, N, K, slice],
      at: [...at, biasAt],
      step: [...step, 0],
      batch: [...batch, 0],
    })),
    ...{ alpha, scales },
  });

export const upTo = (n: number): number[] => [...Array(n).keys()];

const elements = (quad: boolean): string => (quad ? 'array<vec4f>' : 'array<f32>');

/**
 * Declarations of the params and bindings: C, A, B, then the bias and the residual R if any. `wide`: a packed B is read
 * 16 bytes at once.
 */
export function bindings(s: MatmulSpec, wide: boolean): string {
  const packed = `array<${wide ? 'vec4u' : s.native ? 'vec4<f16>' : 'u32'}>`;
  const inputs = [
    `A: ${elements(s.quadA)}`,
    `B: ${s.right === 'f32' ? elements(s.quadB) : packed}`,
    ...(s.bias ? [`bias: ${elements(s.quadC)}`] : []),
    ...(s.epilogue === 'residual' ? [`R: ${elements(s.quadC)}`] : []),
  ];
  return `
${Params.wgsl}
@group(0) @binding(0) var<storage, read_write> C: ${elements(s.quadC)};
${inputs.map((input, i) => `@group(0) @binding(${i + 1}) var<storage, read> ${input};`).join('\n')}
@group(0) @binding(${inputs.length + 1}) var<uniform> p: Params;`;
}

/** `v` of row and column with the epilogue; i: its place in C, b: its place in the bias. */
export const finished = (s: Pick<MatmulSpec, 'bias' | 'epilogue'>, v: string): string =>
  `p.alpha * ${v}${s.bias ? ' + bias[b]' : ''}${{ store: '', residual: ' + R[i]', accumulate: ' + C[i]' }[s.epilogue]}`;

/**
 * The beginning of a shader: bindings, the reader of a packed B, and `put`, which writes four neighbours of a row with
 * the epilogue, inside the matrix.
 */
export function header(s: MatmulSpec): string {
  const place = 'w.at.x + row * w.step.x + column';
  const body = s.quadC
    ? `let b = (w.at.w + column) >> 2u; let i = (${place}) >> 2u; C[i] = ${finished(s, 'v')};`
    : `for (var q = 0u; q < 4u && column + q < w.size.y; q++) { let b = w.at.w + column + q; let i = ${place} + q; C[i] = ${finished(s, 'v[q]')}; }`;
  return `${s.native ? 'enable f16;' : ''}
${bindings(s, false)}
${s.right === 'f32' ? '' : rightWGSL(s.right, 'p.scales', s.native)}
fn put(w: Window, row: u32, column: u32, v: vec4f) {
  if (row < w.size.x && column < w.size.y) { ${body} }
}`;
}

/**
 * First statements of a `main`: its window `w`, whose `at` the batch has moved, and M, N, K; of a slice, K is where it
 * ends.
 */
export const openWindow = (s: MatmulSpec, z: string): string => `
  let first = p.windows[${s.grouped ? z : '0'}];
  let w = Window(first.size, first.at + ${z} * first.batch, first.step, first.batch);
  let M = w.size.x; let N = w.size.y; let K = ${s.sliced ? `min(w.size.z, (${z} + 1u) * w.size.w)` : 'w.size.z'};`;

/**
 * WGSL of four neighbours of a row that begins at element `row`, from column `at` on (a multiple of 4 in the quad
 * form).
 */
export function quad(s: MatmulSpec, matrix: 'A' | 'B', row: string, at: string): string {
  if (matrix === 'B' && s.right !== 'f32') return `right(${row}, ${at})`;
  const place = `${row} + ${at}`;
  if (matrix === 'A' ? s.quadA : s.quadB) return `${matrix}[(${place}) >> 2u]`;
  return `vec4f(${upTo(4)
    .map((q) => `${matrix}[${place} + ${q}u]`)
    .join(', ')})`;
}

/** WGSL of one number of such a row. */
export function single(s: MatmulSpec, matrix: 'A' | 'B', row: string, at: string): string {
  if (matrix === 'B' && s.right !== 'f32') return `right(${row}, (${at}) & ~3u)[(${at}) & 3u]`;
  const place = `${row} + ${at}`;
  return (matrix === 'A' ? s.quadA : s.quadB) ? `${matrix}[(${place}) >> 2u][(${place}) & 3u]` : `${matrix}[${place}]`;
}

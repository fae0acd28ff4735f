/**
 * What the two matmul shaders share. C[M,N] = op(A) op(B), f32, row-major, in three forms:
 *   NN  A[M,K] B[K,N]      NT  A[M,K] B[N,K]      TN  A[K,M] B[K,N]
 * which are closed under differentiation; TT is never needed.
 */
import type { MatmulForm } from '../../base/machine';

export type Form = MatmulForm;
/** What happens to the product: stored, stored with a third matrix added, or added to what C holds. */
export type Epilogue = 'store' | 'residual' | 'accumulate';

/** The constants of a shader; sizes themselves are params, so a new length compiles nothing. */
export interface MatmulSpec {
  form: Form;
  epilogue: Epilogue;
  /** Read (A, B) or written (C) four numbers at once: the contiguous dimension is a multiple of 4. */
  quadA: boolean;
  quadB: boolean;
  quadC: boolean;
  /** K is a multiple of 4, so that a loop by fours along K needs no rest. */
  wholeK: boolean;
}

/** The spec of one shape. */
export function specOf(form: Form, epilogue: Epilogue, M: number, N: number, K: number): MatmulSpec {
  const whole = (n: number) => n % 4 === 0;
  return {
    form,
    epilogue,
    quadA: whole(form === 'TN' ? M : K),
    quadB: whole(form === 'NT' ? K : N),
    quadC: whole(N),
    wholeK: whole(K),
  };
}

export const specKey = (s: MatmulSpec): string =>
  `${s.form} ${s.epilogue} ${[s.quadA, s.quadB, s.quadC, s.wholeK].map(Number).join('')}`;

export const upTo = (n: number): number[] => [...Array(n).keys()];

const elements = (quad: boolean): string => (quad ? 'array<vec4f>' : 'array<f32>');

/** Params, bindings (C, A, B, residual R if any) and `put`, which writes four neighbours of a row with the epilogue, inside the matrix. */
export function header(s: MatmulSpec): string {
  const residual = s.epilogue === 'residual';
  const plus = { store: '', residual: ' + R[i]', accumulate: ' + C[i]' }[s.epilogue];
  const body = s.quadC
    ? `let i = (row * p.N + column) >> 2u; C[i] = v${plus};`
    : `for (var q = 0u; q < 4u && column + q < p.N; q++) { let i = row * p.N + column + q; C[i] = v[q]${plus}; }`;
  return `
struct Params { M: u32, N: u32, K: u32 };
@group(0) @binding(0) var<storage, read_write> C: ${elements(s.quadC)};
@group(0) @binding(1) var<storage, read> A: ${elements(s.quadA)};
@group(0) @binding(2) var<storage, read> B: ${elements(s.quadB)};
${residual ? `@group(0) @binding(3) var<storage, read> R: ${elements(s.quadC)};` : ''}
@group(0) @binding(${residual ? 4 : 3}) var<uniform> p: Params;
fn put(row: u32, column: u32, v: vec4f) {
  if (row < p.M && column < p.N) { ${body} }
}`;
}

/** WGSL of four neighbours of `matrix` from element `at` on (a multiple of 4 in the quad form). */
export const quad = (matrix: 'A' | 'B', isQuad: boolean, at: string): string =>
  isQuad
    ? `${matrix}[(${at}) >> 2u]`
    : `vec4f(${upTo(4)
        .map((q) => `${matrix}[${at} + ${q}u]`)
        .join(', ')})`;

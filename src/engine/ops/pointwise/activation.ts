/**
 * The activations of feed-forwards. Each is a(x) = x·Φ(x) with a share Φ between 0 and 1 of x that passes, and a'(x) =
 * Φ + x·Φ':
 *   silu (Elfwing et al., 2018)          Φ = σ(x) = 1 / (1 + e^−x)       Φ' = σ·(1 − σ)
 *   gelu (Hendrycks and Gimpel, 2016)    Φ = ½·erfc(−x/√2)               Φ' = e^(−x²/2) / √(2π)
 * geluTanh, their approximation        Φ = ½·(1 + tanh u) = σ(2u)      Φ' = σ·(1 − σ)·2u',  u = √(2/π)·(x +
 * 0.044715·x³) Gated (Shazeer, 2020), x [N, 2I] holds the gate g, then the value v, side by side: y = a(g)·v, dg =
 * dy·v·a'(g), dv = dy·a(g). Plain, x [N, I]: y = a(x), dx = dy·a'(x).
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { swigluGradientOnHeap, swigluOnHeap } from './pointwise.cpu';
import { defineOp, flatGrid, flatMain, gpu, shader, struct, zeros } from '../../device/kernel';
import { lanesOf, typeOf, type Lanes } from '../../device/lanes';
import type { Shader } from '../../device/shader';

export type Activation = 'silu' | 'gelu' | 'geluTanh';

interface Attrs {
  activation: Activation;
  gated: boolean;
}

const CUBE = 0.044715;
const TANH_SLOPE = 2 * Math.sqrt(2 / Math.PI);

/** The exponent is bounded: WGSL may return anything for an overflow, and σ(−80) is zero beside any f32. */
const sigmoid = 'fn sigmoid(x: T) -> T { return 1.0 / (1.0 + exp(min(-x, T(80.0)))); }';

/**
 * Coefficients of erfc(z) = t·e^(−z² + polynomial in t), t = 1 / (1 + z/2), z ≥ 0, exact to 1.2e-7 of itself (Press et
 * al., Numerical Recipes, 6.2).
 */
const ERFC = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
  0.17087277,
];
const erfcPolynomial = ERFC.reduceRight((rest, c) => (rest ? `(${c} + t * ${rest})` : `${c}`), '');

/** WGSL of Φ (`share`) and Φ' (`slope`, which is given Φ). Where an argument is clamped Φ is 0 or 1 in f32 already. */
const FORMULAS: Record<Activation, string> = {
  silu: `${sigmoid}
fn share(x: T) -> T { return sigmoid(x); }
fn slope(x: T, s: T) -> T { return s * (1.0 - s); }`,
  gelu: `
fn share(x: T) -> T {
  let z = min(abs(x) * ${Math.SQRT1_2}, T(9.0));
  let t = 1.0 / (1.0 + 0.5 * z);
  let tail = 0.5 * t * exp(-z * z + ${erfcPolynomial});
  return select(tail, 1.0 - tail, x > T(0.0));
}
fn slope(x: T, s: T) -> T {
  let z = min(abs(x), T(12.0));
  return ${1 / Math.sqrt(2 * Math.PI)} * exp(-0.5 * z * z);
}`,
  geluTanh: `${sigmoid}
fn share(x: T) -> T {
  let c = clamp(x, T(-20.0), T(20.0));
  return sigmoid(${TANH_SLOPE} * (c + ${CUBE} * c * c * c));
}
fn slope(x: T, s: T) -> T {
  let c = clamp(x, T(-20.0), T(20.0));
  return s * (1.0 - s) * ${TANH_SLOPE} * (1.0 + ${3 * CUBE} * c * c);
}`,
};

/** erfc in f64, by the series of erf, whose terms all have one sign (Abramowitz and Stegun 7.1.6). */
function erfc(x: number): number {
  if (Math.abs(x) > 6) return x > 0 ? 0 : 2;
  let [sum, term] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) sum += term *= (2 * x * x) / (2 * n + 1);
  return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const tanhArgument = (x: number): number => TANH_SLOPE * (x + CUBE * x ** 3);

/** Φ and Φ' in f64. */
const REFERENCES: Record<Activation, { share: (x: number) => number; slope: (x: number, s: number) => number }> = {
  silu: { share: logistic, slope: (_, s) => s * (1 - s) },
  gelu: {
    share: (x) => 0.5 * erfc(-x * Math.SQRT1_2),
    slope: (x) => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI),
  },
  geluTanh: {
    share: (x) => logistic(tanhArgument(x)),
    slope: (x, s) => s * (1 - s) * TANH_SLOPE * (1 + 3 * CUBE * x * x),
  },
};

const Params = struct('Params', { n: 'u32', width: 'u32' });

type Constants = Attrs & { lanes: Lanes };

const head = ({ lanes, activation }: Constants): string => `
alias T = ${typeOf(lanes)};
${Params.wgsl}
${FORMULAS[activation]}`;

/** One invocation per (vector) element of y; `at` is where its gate stands in x. */
const main = (gated: boolean, body: string): string =>
  flatMain(`let at = ${gated ? 'i + (i / p.width) * p.width' : 'i'};
  let g = x[at];
  let s = share(g);
  ${body}`);

const forward = shader(
  'activation',
  (constants: Constants) => `${head(constants)}
@group(0) @binding(0) var<storage, read_write> y: array<T>;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<uniform> p: Params;
${main(constants.gated, `y[i] = g * s${constants.gated ? ' * x[at + p.width]' : ''};`)}`,
);

const backward = shader(
  'activation gradient',
  (constants: Constants) => `${head(constants)}
@group(0) @binding(0) var<storage, read_write> dx: array<T>;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read> dy: array<T>;
@group(0) @binding(3) var<uniform> p: Params;
${main(
  constants.gated,
  `let d = dy[i];
  dx[at] = d${constants.gated ? ' * x[at + p.width]' : ''} * (s + g * slope(g, s));
  ${constants.gated ? 'dx[at + p.width] = d * g * s;' : ''}`,
)}`,
);

/** Columns of y. */
const widthOf = (x: { shape: number[] }, gated: boolean): number => x.shape[1]! / (gated ? 2 : 1);

/** Fills `out`, which is y or dx, from x and what else is read. */
function dispatch(
  kernel: (constants: Constants) => Shader,
  { activation, gated }: Attrs,
  out: TensorInfo,
  [x, ...rest]: [TensorInfo, ...TensorInfo[]],
): TensorInfo[] {
  const columns = widthOf(x, gated);
  const lanes = lanesOf(columns);
  const width = columns / lanes;
  const n = x.shape[0]! * width;
  gpu().run({
    shader: kernel({ activation, gated, lanes }),
    binds: [{ tensor: out, write: true }, ...[x, ...rest].map((tensor) => ({ tensor }))],
    params: Params.all({ n, width }),
    workgroups: flatGrid(n),
  });
  return [out];
}

const gradientOp = defineOp<'x' | 'dy', Attrs>({
  name: 'AtelierActivationGradient',
  gpu: ({ x, dy }, attrs) => dispatch(backward, attrs, gpu().alloc(x.shape), [x, dy]),
  reference: ({ x, dy }, { activation, gated }) => {
    const dx = zeros(x.shape, x);
    const width = widthOf(x, gated);
    const { share, slope } = REFERENCES[activation];
    dy.data.forEach((d, i) => {
      const at = gated ? i + Math.floor(i / width) * width : i;
      const g = x.data[at]!;
      const s = share(g);
      dx.data[at] = d * (gated ? x.data[at + width]! : 1) * (s + g * slope(g, s));
      if (gated) dx.data[at + width] = d * g * s;
    });
    return [dx];
  },
  wasm: ({ x, dy }, { activation, gated }) =>
    activation === 'silu' && gated ? [swigluGradientOnHeap(x, dy)] : undefined,
});

const activationOp = defineOp<'x', Attrs>({
  name: 'AtelierActivation',
  gpu: ({ x }, attrs) => dispatch(forward, attrs, gpu().alloc([x.shape[0]!, widthOf(x, attrs.gated)]), [x]),
  reference: ({ x }, { activation, gated }) => {
    const width = widthOf(x, gated);
    const y = zeros([x.shape[0]!, width], x);
    const { share } = REFERENCES[activation];
    for (let i = 0; i < y.data.length; i++) {
      const at = gated ? i + Math.floor(i / width) * width : i;
      y.data[i] = x.data[at]! * share(x.data[at]!) * (gated ? x.data[at + width]! : 1);
    }
    return [y];
  },
  wasm: ({ x }, { activation, gated }) => (activation === 'silu' && gated ? [swigluOnHeap(x)] : undefined),
  save: { inputs: ['x'] },
  gradient: ([dy], [x], attrs) => ({ x: () => gradientOp({ x: x!, dy: dy! }, attrs)[0]! }),
});

/** activation(x), element by element, of x [N, I]. */
export function activate(x: Tensor, activation: Activation): Tensor {
  return activationOp({ x }, { activation, gated: false })[0]!;
}

/** activation(gate)·up of gateUp [N, 2I], gates in the first I columns: [N, I]. SwiGLU with silu, GeGLU with gelu. */
export function gated(gateUp: Tensor, activation: Activation): Tensor {
  return activationOp({ x: gateUp }, { activation, gated: true })[0]!;
}

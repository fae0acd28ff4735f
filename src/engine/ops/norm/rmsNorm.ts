/**
 * Root mean square normalisation (Zhang and Sennrich, 2019), over the rows of x [N, C], with v = w or, as Gemma keeps
 * it, v = 1 + w:
 *   y = x·r·v,  r = 1 / √(mean(x²) + ε)
 *   dx = r·(dy·v − x·r²·mean(dy·v·x));  dw = Σ over rows of dy·x·r
 * In a residual block dx meets the gradient that went around the block, and is added to it in the same dispatch.
 * A residual may be added to y in the same dispatch (Gemma norms what a block gives before it joins the residual
 * stream); its gradient is dy itself. r is kept from the forward pass.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { rmsNormDwOnHeap, rmsNormDxOnHeap, rmsNormOnHeap } from './norm.cpu';
import { columnSum, partsShader } from '../reduce/columnSum';
import { adding, defineOp, fixedShader, gpu, shader, struct, zeros } from '../../device/kernel';
import { typeOf } from '../../device/lanes';
import { planRows, product, rowHead, rowSum, type RowConstants } from '../reduce/rowSum';

export interface RmsNormOptions {
  /** Rows are multiplied by offset + w; default 0. */
  offset?: 0 | 1;
  /** [N, C], added to the result. */
  residual?: Tensor | undefined;
}

interface Attrs {
  eps: number;
  offset: 0 | 1;
}

const weight = (offset: 0 | 1): string => (offset ? '(1.0 + w[i - row * p.width])' : 'w[i - row * p.width]');

const Forward = struct('Params', { rows: 'u32', width: 'u32', eps: 'f32' });
const Backward = struct('Params', { rows: 'u32', width: 'u32' });

interface Constants extends RowConstants {
  offset: 0 | 1;
}

const forward = shader(
  'rmsNorm',
  ({ lanes, per, offset, residual }: Constants & { residual: boolean }) => `
alias T = ${typeOf(lanes)};
${Forward.wgsl}
@group(0) @binding(0) var<storage, read_write> y: array<T>;
@group(0) @binding(1) var<storage, read_write> r: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<T>;
@group(0) @binding(3) var<storage, read> w: array<T>;
${residual ? '@group(0) @binding(4) var<storage, read> residual: array<T>;' : ''}
@group(0) @binding(${residual ? 5 : 4}) var<uniform> p: Params;
${rowSum(per)}${rowHead(per)}
  for (var i = first; i < end; i += ${per}u) { own += ${product(lanes, 'x[i]', 'x[i]')}; }
  let scale = 1.0 / sqrt(rowSum(t, own) / f32(p.width * ${lanes}u) + p.eps);
  for (var i = first; i < end; i += ${per}u) { y[i] = ${residual ? 'residual[i] + ' : ''}x[i] * scale * ${weight(offset)}; }
  if (inside && t % ${per}u == 0u) { r[row] = scale; }
}`,
);

/** What becomes of dx: it is alone, added to a tensor in place, or the sum of both in a new one. */
type Sum = 'alone' | 'in place' | 'new';

const backward = shader(
  'rmsNorm dx',
  ({ lanes, per, offset, sum }: Constants & { sum: Sum }) => `
alias T = ${typeOf(lanes)};
${Backward.wgsl}
@group(0) @binding(0) var<storage, read_write> dx: array<T>;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read> w: array<T>;
@group(0) @binding(3) var<storage, read> r: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<T>;
${sum === 'new' ? '@group(0) @binding(5) var<storage, read> sum: array<T>;' : ''}
@group(0) @binding(${sum === 'new' ? 6 : 5}) var<uniform> p: Params;
${rowSum(per)}${rowHead(per)}
  for (var i = first; i < end; i += ${per}u) { own += ${product(lanes, `dy[i] * ${weight(offset)}`, 'x[i]')}; }
  let mean = rowSum(t, own) / f32(p.width * ${lanes}u);
  if (!inside) { return; }
  let scale = r[row];
  let along = mean * scale * scale;
  for (var i = first; i < end; i += ${per}u) {
    dx[i] = ${{ alone: '', 'in place': 'dx[i] + ', new: 'sum[i] + ' }[sum]}scale * (dy[i] * ${weight(offset)} - x[i] * along);
  }
}`,
);

const dwTerm = fixedShader(
  'rmsNorm dw',
  partsShader(
    3,
    `
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> r: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
fn term(row: u32, column: u32) -> f32 {
  let i = row * p.width + column;
  return dy[i] * x[i] * r[row];
}`,
  ),
);

const plan = (x: TensorInfo) => planRows(x.shape[0]!, x.shape[1]!);

interface DxAttrs {
  offset: 0 | 1;
  /** Whether dx is added to `sum` where it stands; nothing is returned then. */
  inPlace: boolean;
}

type Dx<T> = Record<'x' | 'w' | 'r' | 'dy', T> & { sum?: T | undefined };

function dxOnGpu({ x, w, r, dy, sum }: Dx<TensorInfo>, { offset, inPlace }: DxAttrs): TensorInfo[] {
  const { rows, lanes, width, per, workgroups } = plan(x);
  const kind: Sum = !sum ? 'alone' : inPlace ? 'in place' : 'new';
  const dx = kind === 'in place' ? sum! : gpu().alloc(x.shape);
  const reads = [x, w, r, dy, ...(kind === 'new' ? [sum!] : [])];
  gpu().run({
    shader: backward({ lanes, per, offset, sum: kind }),
    binds: [{ tensor: dx, write: true }, ...reads.map((tensor) => ({ tensor }))],
    params: Backward.all({ rows, width }),
    workgroups,
  });
  return inPlace ? [] : [dx];
}

const dxOp = defineOp<'x' | 'w' | 'r' | 'dy', DxAttrs, 'sum'>({
  name: 'AtelierRmsNormDx',
  gpu: dxOnGpu,
  reference: ({ x, w, r, dy, sum }, { offset, inPlace }) => {
    const [rows, width] = [x.shape[0]!, x.shape[1]!];
    const dx = inPlace ? sum! : zeros(x.shape, x);
    for (let n = 0; n < rows; n++) {
      const base = n * width;
      let along = 0;
      for (let c = 0; c < width; c++) along += dy.data[base + c]! * (offset + w.data[c]!) * x.data[base + c]!;
      along *= r.data[n]! ** 2 / width;
      for (let i = base; i < base + width; i++) {
        const alone = r.data[n]! * (dy.data[i]! * (offset + w.data[i - base]!) - x.data[i]! * along);
        dx.data[i] = (sum?.data[i] ?? 0) + alone;
      }
    }
    return inPlace ? [] : [dx];
  },
  wasm: (inputs, { offset, inPlace }) => {
    const dx = rmsNormDxOnHeap(inputs, offset, inPlace);
    return inPlace ? [] : [dx];
  },
});

const dwOp = defineOp<'x' | 'r' | 'dy'>({
  name: 'AtelierRmsNormDw',
  gpu: ({ x, r, dy }) => {
    const { rows, columns } = plan(x);
    return [columnSum({ shader: dwTerm, reads: [x, r, dy], rows, columns })];
  },
  reference: ({ x, r, dy }) => {
    const width = x.shape[1]!;
    const sums = new Float64Array(width);
    dy.data.forEach((d, i) => (sums[i % width]! += d * x.data[i]! * r.data[Math.floor(i / width)]!));
    const dw = zeros([width], x);
    dw.data.set(sums);
    return [dw];
  },
  wasm: (inputs) => [rmsNormDwOnHeap(inputs)],
});

function onGpu(x: TensorInfo, w: TensorInfo, residual: TensorInfo | undefined, { eps, offset }: Attrs): TensorInfo[] {
  const { rows, lanes, width, per, workgroups } = plan(x);
  const [y, r] = [gpu().alloc(x.shape), gpu().alloc([rows])];
  const reads = [x, w, ...(residual ? [residual] : [])];
  gpu().run({
    shader: forward({ lanes, per, offset, residual: !!residual }),
    binds: [{ tensor: y, write: true }, { tensor: r, write: true }, ...reads.map((tensor) => ({ tensor }))],
    params: Forward.all({ rows, width, eps }),
    workgroups,
  });
  return [y, r];
}

const rmsNormOp = defineOp<'x' | 'w', Attrs, 'residual'>({
  name: 'AtelierRmsNorm',
  gpu: ({ x, w, residual }, attrs) => onGpu(x, w, residual, attrs),
  reference: ({ x, w, residual }, { eps, offset }) => {
    const [rows, width] = [x.shape[0]!, x.shape[1]!];
    const [y, r] = [zeros(x.shape, x), zeros([rows], x)];
    for (let n = 0; n < rows; n++) {
      let sum = 0;
      for (let i = n * width; i < (n + 1) * width; i++) sum += x.data[i]! ** 2;
      const scale = 1 / Math.sqrt(sum / width + eps);
      r.data[n] = scale;
      for (let c = 0; c < width; c++) {
        const i = n * width + c;
        y.data[i] = (residual?.data[i] ?? 0) + x.data[i]! * scale * (offset + w.data[c]!);
      }
    }
    return [y, r];
  },
  wasm: rmsNormOnHeap,
  save: { inputs: ['x', 'w'], outputs: [false, 'exact'] },
  gradient: ([dy], [x, w, r], attrs) => ({
    x: adding(
      (sum, inPlace = false) =>
        dxOp({ x: x!, w: w!, r: r!, dy: dy!, sum }, { offset: attrs.offset, inPlace })[0] ?? sum!,
    ),
    w: () => dwOp({ x: x!, r: r!, dy: dy! })[0]!,
    residual: () => dy!,
  }),
});

/** x [N, C] with rows of mean square 1 (but for `eps`), times offset + w [C], plus the residual. */
export function rmsNorm(x: Tensor, w: Tensor, eps: number, { offset = 0, residual }: RmsNormOptions = {}): Tensor {
  return rmsNormOp({ x, w, residual }, { eps, offset })[0]!;
}

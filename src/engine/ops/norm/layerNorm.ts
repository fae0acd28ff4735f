/**
 * Layer normalisation (Ba et al., 2016) over the rows of x [N, C]:
 *   x̂ = (x − m)·r,  m = mean(x),  r = 1 / √(mean((x − m)²) + ε);  y = x̂·w + b
 *   dx = r·(dy·w − mean(dy·w) − x̂·mean(dy·w·x̂));  dw = Σ over rows of dy·x̂;  db = Σ over rows of dy
 * The variance is a sum of its own, after the mean: E[x²] − m² loses all digits where m is much larger than the spread.
 * m and r of each row are kept from the forward pass.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { columnSum, partsShader } from '../reduce/columnSum';
import { defineOp, fixedShader, gpu, shader, struct, zeros, type CpuTensor } from '../../device/kernel';
import { typeOf } from '../../device/lanes';
import { planRows, product, rowHead, rowSum, type RowConstants } from '../reduce/rowSum';

const Forward = struct('Params', { rows: 'u32', width: 'u32', eps: 'f32' });
const Backward = struct('Params', { rows: 'u32', width: 'u32' });

const forward = shader(
  'layerNorm',
  ({ lanes, per }: RowConstants) => `
alias T = ${typeOf(lanes)};
${Forward.wgsl}
@group(0) @binding(0) var<storage, read_write> y: array<T>;
@group(0) @binding(1) var<storage, read_write> stats: array<vec2f>;
@group(0) @binding(2) var<storage, read> x: array<T>;
@group(0) @binding(3) var<storage, read> w: array<T>;
@group(0) @binding(4) var<storage, read> b: array<T>;
@group(0) @binding(5) var<uniform> p: Params;
${rowSum(per)}${rowHead(per)}
  for (var i = first; i < end; i += ${per}u) { own += ${product(lanes, 'x[i]', 'T(1.0)')}; }
  let mean = rowSum(t, own) / f32(p.width * ${lanes}u);
  workgroupBarrier();
  own = 0.0;
  for (var i = first; i < end; i += ${per}u) { own += ${product(lanes, '(x[i] - mean)', '(x[i] - mean)')}; }
  let scale = 1.0 / sqrt(rowSum(t, own) / f32(p.width * ${lanes}u) + p.eps);
  for (var i = first; i < end; i += ${per}u) {
    let column = i - row * p.width;
    y[i] = (x[i] - mean) * scale * w[column] + b[column];
  }
  if (inside && t % ${per}u == 0u) { stats[row] = vec2f(mean, scale); }
}`,
);

const backward = shader(
  'layerNorm dx',
  ({ lanes, per }: RowConstants) => `
alias T = ${typeOf(lanes)};
${Backward.wgsl}
@group(0) @binding(0) var<storage, read_write> dx: array<T>;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read> w: array<T>;
@group(0) @binding(3) var<storage, read> stats: array<vec2f>;
@group(0) @binding(4) var<storage, read> dy: array<T>;
@group(0) @binding(5) var<uniform> p: Params;
${rowSum(per)}${rowHead(per)}
  let stat = stats[min(row, p.rows - 1u)];
  var along = 0.0;
  for (var i = first; i < end; i += ${per}u) {
    let d = dy[i] * w[i - row * p.width];
    own += ${product(lanes, 'd', 'T(1.0)')};
    along += ${product(lanes, 'd', '((x[i] - stat.x) * stat.y)')};
  }
  let mean = rowSum(t, own) / f32(p.width * ${lanes}u);
  workgroupBarrier();
  along = rowSum(t, along) / f32(p.width * ${lanes}u);
  for (var i = first; i < end; i += ${per}u) {
    dx[i] = stat.y * (dy[i] * w[i - row * p.width] - mean - (x[i] - stat.x) * stat.y * along);
  }
}`,
);

const dwTerm = fixedShader(
  'layerNorm dw',
  partsShader(
    3,
    `
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> stats: array<vec2f>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
fn term(row: u32, column: u32) -> f32 {
  let i = row * p.width + column;
  return dy[i] * (x[i] - stats[row].x) * stats[row].y;
}`,
  ),
);

const dbTerm = fixedShader(
  'layerNorm db',
  partsShader(
    1,
    `
@group(0) @binding(1) var<storage, read> dy: array<f32>;
fn term(row: u32, column: u32) -> f32 { return dy[row * p.width + column]; }`,
  ),
);

const plan = (x: TensorInfo) => planRows(x.shape[0]!, x.shape[1]!);

/** x̂ of element i, on the CPU. */
const normed = (x: CpuTensor, stats: CpuTensor, i: number): number => {
  const row = Math.floor(i / x.shape[1]!);
  return (x.data[i]! - stats.data[2 * row]!) * stats.data[2 * row + 1]!;
};

const dxOp = defineOp<'x' | 'w' | 'stats' | 'dy'>({
  name: 'AtelierLayerNormDx',
  gpu: ({ x, w, stats, dy }) => {
    const { rows, lanes, width, per, workgroups } = plan(x);
    const dx = gpu().alloc(x.shape);
    gpu().run({
      shader: backward({ lanes, per }),
      binds: [{ tensor: dx, write: true }, ...[x, w, stats, dy].map((tensor) => ({ tensor }))],
      params: Backward.all({ rows, width }),
      workgroups,
    });
    return [dx];
  },
  reference: ({ x, w, stats, dy }) => {
    const [rows, width] = [x.shape[0]!, x.shape[1]!];
    const dx = zeros(x.shape, x);
    for (let n = 0; n < rows; n++) {
      let [mean, along] = [0, 0];
      for (let c = 0; c < width; c++) {
        const d = (dy.data[n * width + c]! * w.data[c]!) / width;
        mean += d;
        along += d * normed(x, stats, n * width + c);
      }
      for (let c = 0; c < width; c++) {
        const i = n * width + c;
        dx.data[i] = stats.data[2 * n + 1]! * (dy.data[i]! * w.data[c]! - mean - normed(x, stats, i) * along);
      }
    }
    return [dx];
  },
});

/** Σ over rows of `of(i)`, in f64. */
function columnsOf(like: CpuTensor, of: (i: number) => number): CpuTensor {
  const width = like.shape[1]!;
  const sums = new Float64Array(width);
  for (let i = 0; i < like.data.length; i++) sums[i % width]! += of(i);
  const result = zeros([width], like);
  result.data.set(sums);
  return result;
}

const dwOp = defineOp<'x' | 'stats' | 'dy'>({
  name: 'AtelierLayerNormDw',
  gpu: ({ x, stats, dy }) => {
    const { rows, columns } = plan(x);
    return [columnSum({ shader: dwTerm, reads: [x, stats, dy], rows, columns })];
  },
  reference: ({ x, stats, dy }) => [columnsOf(dy, (i) => dy.data[i]! * normed(x, stats, i))],
});

const dbOp = defineOp<'dy'>({
  name: 'AtelierLayerNormDb',
  gpu: ({ dy }) => {
    const { rows, columns } = plan(dy);
    return [columnSum({ shader: dbTerm, reads: [dy], rows, columns })];
  },
  reference: ({ dy }) => [columnsOf(dy, (i) => dy.data[i]!)],
});

function referenceForward(x: CpuTensor, w: CpuTensor, b: CpuTensor, eps: number): CpuTensor[] {
  const [rows, width] = [x.shape[0]!, x.shape[1]!];
  const [y, stats] = [zeros(x.shape, x), zeros([rows, 2], x)];
  for (let n = 0; n < rows; n++) {
    let [mean, variance] = [0, 0];
    for (let i = n * width; i < (n + 1) * width; i++) mean += x.data[i]! / width;
    for (let i = n * width; i < (n + 1) * width; i++) variance += (x.data[i]! - mean) ** 2 / width;
    stats.data.set([mean, 1 / Math.sqrt(variance + eps)], 2 * n);
  }
  for (let i = 0; i < x.data.length; i++) y.data[i] = normed(x, stats, i) * w.data[i % width]! + b.data[i % width]!;
  return [y, stats];
}

const layerNormOp = defineOp<'x' | 'w' | 'b', { eps: number }>({
  name: 'AtelierLayerNorm',
  gpu: ({ x, w, b }, { eps }) => {
    const { rows, lanes, width, per, workgroups } = plan(x);
    const [y, stats] = [gpu().alloc(x.shape), gpu().alloc([rows, 2])];
    gpu().run({
      shader: forward({ lanes, per }),
      binds: [{ tensor: y, write: true }, { tensor: stats, write: true }, ...[x, w, b].map((tensor) => ({ tensor }))],
      params: Forward.all({ rows, width, eps }),
      workgroups,
    });
    return [y, stats];
  },
  reference: ({ x, w, b }, { eps }) => referenceForward(x, w, b, eps),
  save: { inputs: ['x', 'w'], outputs: [false, 'exact'] },
  gradient: ([dy], [x, w, stats]) => ({
    x: () => dxOp({ x: x!, w: w!, stats: stats!, dy: dy! })[0]!,
    w: () => dwOp({ x: x!, stats: stats!, dy: dy! })[0]!,
    b: () => dbOp({ dy: dy! })[0]!,
  }),
});

/** x [N, C] with rows of mean 0 and variance 1 (but for `eps`), times w [C], plus b [C]. */
export function layerNorm(x: Tensor, w: Tensor, b: Tensor, eps: number): Tensor {
  return layerNormOp({ x, w, b }, { eps })[0]!;
}

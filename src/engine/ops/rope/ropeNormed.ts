/**
 * RMSNorm of each query and key head, then the rotary embedding (Qwen 3, Gemma 3), in one pass over qkv [N, (H+2K)·D]:
 * with v = offset + w, w one for all query heads, another for all key heads, and R the rotation of rope.ts,
 *   y = R(x·r·v),  r = 1 / √(mean(x²) + ε) of the head;  value heads pass unchanged
 *   dz = R⁻¹(dy);  dx = r·(dz·v − x·r²·mean(dz·v·x));  dw = Σ over tokens and heads of dz·x·r
 * r [N, H+2K] is kept from the forward pass (that of value heads is not read).
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { COLUMN_FIELDS, columnSum, partsShader } from '../reduce/columnSum';
import { defineOp, gpu, shader, struct, zeros, type CpuTensor } from '../../device/kernel';
import { typeOf } from '../../device/lanes';
import type { Shader } from '../../device/shader';
import { startField } from '../../device/windowStart';
import {
  angleOf,
  positionsOf,
  ropeFrequencies,
  SHAPE_FIELDS,
  shapeValues,
  tableFor,
  turnHead,
  type RopeAttrs,
} from './ropeAngles';
import { planRows, product, rowHead, rowSum, type RowConstants } from '../reduce/rowSum';

export interface HeadNorms {
  /** [D] each. */
  qNorm: Tensor;
  kNorm: Tensor;
  eps: number;
  /** Heads are multiplied by offset + w; default 0. */
  offset?: 0 | 1;
}

type Attrs = RopeAttrs & Required<Pick<HeadNorms, 'eps' | 'offset'>>;

const Params = struct('Params', { ...SHAPE_FIELDS, rows: 'u32', width: 'u32', eps: 'f32' });

interface Constants extends RowConstants {
  offset: 0 | 1;
  positioned: boolean;
}

/** Rows are heads here, and a row is half a head wide: an invocation takes pairs. */
const shared = ({ lanes, per, offset, positioned }: Constants, binding: number): string => `
alias T = ${typeOf(lanes)};
${Params.wgsl}
@group(0) @binding(${binding}) var<storage, read> qNorm: array<T>;
@group(0) @binding(${binding + 1}) var<storage, read> kNorm: array<T>;
${angleOf(lanes, binding + 2, positioned)}
@group(0) @binding(${binding + (positioned ? 4 : 3)}) var<uniform> p: Params;
fn weight(head: u32, j: u32) -> T {
  if (head < p.queries) { return ${offset ? '1.0 + ' : ''}qNorm[j]; }
  return ${offset ? '1.0 + ' : ''}kNorm[j];
}
${rowSum(per)}`;

const forward = shader('ropeNormed', (constants: Constants) => {
  const { lanes, per } = constants;
  return `${shared(constants, 3)}
@group(0) @binding(0) var<storage, read_write> y: array<T>;
@group(0) @binding(1) var<storage, read_write> r: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<T>;
${rowHead(per)}
  let head = row % p.heads;
  for (var i = first; i < end; i += ${per}u) {
    let a = x[i + row * p.half];
    let b = x[i + row * p.half + p.half];
    own += ${product(lanes, 'a', 'a')} + ${product(lanes, 'b', 'b')};
  }
  let scale = 1.0 / sqrt(rowSum(t, own) / f32(2u * p.half * ${lanes}u) + p.eps);
  for (var i = first; i < end; i += ${per}u) {
    let low = i + row * p.half;
    let j = i - row * p.half;
    var a = x[low];
    var b = x[low + p.half];
    if (head < p.turned) {
      a = a * scale * weight(head, j);
      b = b * scale * weight(head, j + p.half);
      let angle = angleOf(row / p.heads, j);
      let turned = a * angle.c - b * angle.s;
      b = b * angle.c + a * angle.s;
      a = turned;
    }
    y[low] = a;
    y[low + p.half] = b;
  }
  if (inside && t % ${per}u == 0u) { r[row] = scale; }
}`;
});

const backward = shader('ropeNormed dx', (constants: Constants) => {
  const { lanes, per } = constants;
  return `${shared(constants, 4)}
@group(0) @binding(0) var<storage, read_write> dx: array<T>;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read> r: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<T>;
struct Pair { a: T, b: T };
fn dzv(row: u32, j: u32) -> Pair {
  let low = 2u * p.half * row + j;
  let angle = angleOf(row / p.heads, j);
  let head = row % p.heads;
  return Pair(
    (dy[low] * angle.c + dy[low + p.half] * angle.s) * weight(head, j),
    (dy[low + p.half] * angle.c - dy[low] * angle.s) * weight(head, j + p.half));
}
${rowHead(per)}
  for (var i = first; i < end; i += ${per}u) {
    let d = dzv(row, i - row * p.half);
    own += ${product(lanes, 'd.a', 'x[i + row * p.half]')} + ${product(lanes, 'd.b', 'x[i + row * p.half + p.half]')};
  }
  let mean = rowSum(t, own) / f32(2u * p.half * ${lanes}u);
  if (!inside) { return; }
  let scale = r[row];
  let along = mean * scale * scale;
  for (var i = first; i < end; i += ${per}u) {
    let low = i + row * p.half;
    if (row % p.heads >= p.turned) {
      dx[low] = dy[low];
      dx[low + p.half] = dy[low + p.half];
    } else {
      let d = dzv(row, i - row * p.half);
      dx[low] = scale * (d.a - x[low] * along);
      dx[low + p.half] = scale * (d.b - x[low + p.half] * along);
    }
  }
}`;
});

const WeightParams = struct('Params', { ...COLUMN_FIELDS, ...SHAPE_FIELDS, count: 'u32', firstHead: 'u32' });

/** A row is a head that the weight belongs to: `count` per token, from `firstHead` on. */
const weightGradient = shader('ropeNormed dw', ({ positioned }: Pick<Constants, 'positioned'>) =>
  partsShader(
    positioned ? 5 : 4,
    `
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> r: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
${angleOf(1, 4, positioned)}
fn term(row: u32, column: u32) -> f32 {
  let token = row / p.count;
  let head = token * p.heads + p.firstHead + row % p.count;
  let low = 2u * p.half * head + column % p.half;
  let angle = angleOf(token, column % p.half);
  let back = select(
    dy[low + p.half] * angle.c - dy[low] * angle.s,
    dy[low] * angle.c + dy[low + p.half] * angle.s, column < p.half);
  return back * x[2u * p.half * head + column] * r[head];
}`,
    WeightParams.wgsl,
  ),
);

/** One dispatch over all heads; `outputs` and `reads` in the order of the shader's bindings. */
function dispatch(
  kernel: (constants: Constants) => Shader,
  attrs: Attrs,
  outputs: TensorInfo[],
  reads: (TensorInfo | undefined)[],
): void {
  const { heads, kvHeads, headDim, eps, offset } = attrs;
  const rows = outputs[0]!.shape[0]! * (heads + 2 * kvHeads);
  const { lanes, width, per, workgroups } = planRows(rows, headDim / 2);
  const present = reads.filter((tensor) => tensor !== undefined);
  const positioned = present.length === reads.length;
  gpu().run({
    shader: kernel({ lanes, per, offset, positioned }),
    binds: [...outputs.map((tensor) => ({ tensor, write: true as const })), ...present.map((tensor) => ({ tensor }))],
    ...Params.split({ ...shapeValues(attrs, lanes), rows, width, eps }, startField(attrs.start)),
    workgroups,
  });
}

type Forward<T> = Record<'x' | 'qNorm' | 'kNorm', T> & { positions?: T };
type Backward<T> = Forward<T> & Record<'r' | 'dy', T>;

/** Every head that is turned, for the references: its number (over all tokens), and what its norm and rotation take. */
function* turnedHeads({ x, qNorm, kNorm, positions }: Forward<CpuTensor>, attrs: Attrs) {
  const { heads, kvHeads, headDim, offset } = attrs;
  const all = heads + 2 * kvHeads;
  for (const [n, position] of positionsOf(x.shape[0]!, attrs, positions).entries())
    for (let head = 0; head < heads + kvHeads; head++) {
      const w = (head < heads ? qNorm : kNorm).data;
      const row = n * all + head;
      yield { row, at: row * headDim, isQuery: head < heads, position, v: (j: number) => offset + w[j]! };
    }
}

function referenceForward(inputs: Forward<CpuTensor>, attrs: Attrs): CpuTensor[] {
  const { x } = inputs;
  const { headDim, theta, scaling, eps } = attrs;
  const frequencies = ropeFrequencies(headDim, theta, scaling);
  const y = { shape: x.shape, data: x.data.slice() };
  const r = zeros([x.shape[0]!, attrs.heads + 2 * attrs.kvHeads], x);
  for (const { row, at, position, v } of turnedHeads(inputs, attrs)) {
    let sum = 0;
    for (let j = 0; j < headDim; j++) sum += x.data[at + j]! ** 2;
    r.data[row] = 1 / Math.sqrt(sum / headDim + eps);
    for (let j = 0; j < headDim; j++) y.data[at + j] = x.data[at + j]! * r.data[row] * v(j);
    turnHead(y.data, y.data, at, frequencies, position);
  }
  return [y, r];
}

/** [dx, dqNorm, dkNorm]. */
function referenceBackward(inputs: Backward<CpuTensor>, attrs: Attrs): CpuTensor[] {
  const { x, r, dy } = inputs;
  const { headDim, theta, scaling } = attrs;
  const frequencies = ropeFrequencies(headDim, theta, scaling);
  const dx = { shape: x.shape, data: dy.data.slice() };
  const [dq, dk] = [zeros([headDim], x), zeros([headDim], x)];
  for (const { row, at, isQuery, position, v } of turnedHeads(inputs, attrs)) {
    turnHead(dx.data, dy.data, at, frequencies, -position);
    const scale = r.data[row]!;
    let along = 0;
    for (let j = 0; j < headDim; j++) {
      const dz = dx.data[at + j]!;
      (isQuery ? dq : dk).data[j]! += dz * x.data[at + j]! * scale;
      along += (dz * v(j) * x.data[at + j]! * scale ** 2) / headDim;
    }
    for (let j = 0; j < headDim; j++) dx.data[at + j] = scale * (dx.data[at + j]! * v(j) - x.data[at + j]! * along);
  }
  return [dx, dq, dk];
}

const dxOp = defineOp<'x' | 'qNorm' | 'kNorm' | 'r' | 'dy', Attrs, 'positions'>({
  name: 'AtelierRopeNormedDx',
  gpu: ({ x, qNorm, kNorm, r, dy, positions }, attrs) => {
    const dx = gpu().alloc(x.shape);
    dispatch(backward, attrs, [dx], [x, r, dy, qNorm, kNorm, tableFor(attrs), positions]);
    return [dx];
  },
  reference: (inputs, attrs) => referenceBackward(inputs, attrs).slice(0, 1),
});

const dwOp = defineOp<'x' | 'qNorm' | 'kNorm' | 'r' | 'dy', Attrs & { of: 'q' | 'k' }, 'positions'>({
  name: 'AtelierRopeNormedDw',
  gpu: ({ x, r, dy, positions }, attrs) => {
    const [count, firstHead] = attrs.of === 'q' ? [attrs.heads, 0] : [attrs.kvHeads, attrs.heads];
    const dw = columnSum({
      shader: weightGradient({ positioned: !!positions }),
      reads: [x, r, dy, tableFor(attrs), ...(positions ? [positions] : [])],
      rows: x.shape[0]! * count,
      columns: attrs.headDim,
      params: (own) =>
        WeightParams.split({ ...own, ...shapeValues(attrs, 1), count, firstHead }, startField(attrs.start)),
    });
    return [dw];
  },
  reference: (inputs, attrs) => [referenceBackward(inputs, attrs)[attrs.of === 'q' ? 1 : 2]!],
});

const normedRopeOp = defineOp<'x' | 'qNorm' | 'kNorm', Attrs, 'positions'>({
  name: 'AtelierRopeNormed',
  gpu: ({ x, qNorm, kNorm, positions }, attrs) => {
    const y = gpu().alloc(x.shape);
    const r = gpu().alloc([x.shape[0]!, attrs.heads + 2 * attrs.kvHeads]);
    dispatch(forward, attrs, [y, r], [x, qNorm, kNorm, tableFor(attrs), positions]);
    return [y, r];
  },
  reference: referenceForward,
  save: { inputs: ['x', 'qNorm', 'kNorm'], optional: ['positions'], outputs: [false, 'exact'] },
  gradient: ([dy], [x, qNorm, kNorm, positions, r], attrs) => {
    const inputs = { x: x!, qNorm: qNorm!, kNorm: kNorm!, r: r!, dy: dy!, positions };
    return {
      x: () => dxOp(inputs, attrs)[0]!,
      qNorm: () => dwOp(inputs, { ...attrs, of: 'q' })[0]!,
      kNorm: () => dwOp(inputs, { ...attrs, of: 'k' })[0]!,
    };
  },
});

/** qkv with its query and key heads normed, then turned; called by `rope`, which checks the shape. */
export function normedRope(qkv: Tensor, attrs: RopeAttrs, norms: HeadNorms, positions: Tensor | undefined): Tensor {
  const { qNorm, kNorm, eps, offset = 0 } = norms;
  return normedRopeOp({ x: qkv, qNorm, kNorm, positions }, { ...attrs, eps, offset })[0]!;
}

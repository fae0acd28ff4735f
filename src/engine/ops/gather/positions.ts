/**
 * Learned positions (GPT-2): the row of a token's position is added to it, y[n] = x[n] + table[start + n mod length].
 * dx = dy; dtable[t] = Σ over windows of the dy at position t, zero where no token stands. Each row is summed by its
 * own invocations, window after window.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { defineOp, flatGrid, flatMain, gpu, shader, struct, zeros } from '../../device/kernel';
import { lanesOf, typeOf, type Lanes } from '../../device/lanes';
import type { Shader } from '../../device/shader';
import { startField, startOf, type WindowStart } from '../../device/windowStart';

export interface PositionShape {
  /** Tokens of a window; x holds windows one after the other. */
  length: number;
  /** Default 0. */
  start?: WindowStart;
}

type Attrs = Required<PositionShape>;

const Params = struct('Params', { n: 'u32', width: 'u32', length: 'u32', tokens: 'u32', start: 'u32' });

interface Constants {
  lanes: Lanes;
}

const head = ({ lanes }: Constants): string => `
alias T = ${typeOf(lanes)};
${Params.wgsl}`;

const forward = shader(
  'positions',
  (constants: Constants) => `${head(constants)}
@group(0) @binding(0) var<storage, read_write> y: array<T>;
@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read> table: array<T>;
@group(0) @binding(3) var<uniform> p: Params;
${flatMain('y[i] = x[i] + table[(p.start + i / p.width % p.length) * p.width + i % p.width];')}`,
);

const backward = shader(
  'positions gradient',
  (constants: Constants) => `${head(constants)}
@group(0) @binding(0) var<storage, read_write> dtable: array<T>;
@group(0) @binding(1) var<storage, read> dy: array<T>;
@group(0) @binding(2) var<uniform> p: Params;
${flatMain(`// wraps around for a position before the start, which is then beyond the length
  let at = i / p.width - p.start;
  var sum = T(0.0);
  if (at < p.length) {
    for (var token = at; token < p.tokens; token += p.length) { sum += dy[token * p.width + i % p.width]; }
  }
  dtable[i] = sum;`)}`,
);

/** One invocation per (vector) element of `out`. */
function dispatch(
  kernel: (constants: Constants) => Shader,
  out: TensorInfo,
  reads: TensorInfo[],
  { length, start }: Attrs,
): TensorInfo[] {
  const [rows, columns] = [out.shape[0]!, out.shape[1]!];
  const lanes = lanesOf(columns);
  const width = columns / lanes;
  gpu().run({
    shader: kernel({ lanes }),
    binds: [{ tensor: out, write: true }, ...reads.map((tensor) => ({ tensor }))],
    ...Params.split({ n: rows * width, width, length, tokens: reads[0]!.shape[0]! }, startField(start)),
    workgroups: flatGrid(rows * width),
  });
  return [out];
}

/** Element of the table that belongs to element i of x [·, width]. */
function placeOf(i: number, width: number, { length, start }: Attrs): number {
  return (startOf(start) + (Math.floor(i / width) % length)) * width + (i % width);
}

const gradientOp = defineOp<'dy' | 'table', Attrs>({
  name: 'AtelierPositionsGradient',
  gpu: ({ dy, table }, attrs) => dispatch(backward, gpu().alloc(table.shape), [dy], attrs),
  reference: ({ dy, table }, attrs) => {
    const dtable = zeros(table.shape, dy);
    dy.data.forEach((d, i) => (dtable.data[placeOf(i, dy.shape[1]!, attrs)]! += d));
    return [dtable];
  },
});

const positionsOp = defineOp<'x' | 'table', Attrs>({
  name: 'AtelierPositions',
  gpu: ({ x, table }, attrs) => dispatch(forward, gpu().alloc(x.shape), [x, table], attrs),
  reference: ({ x, table }, attrs) => {
    const data = x.data.map((v, i) => v + table.data[placeOf(i, x.shape[1]!, attrs)]!);
    return [{ shape: x.shape, data }];
  },
  save: { inputs: ['table'] },
  gradient: ([dy], [table], attrs) => ({
    x: () => dy!,
    table: () => gradientOp({ dy: dy!, table: table! }, attrs)[0]!,
  }),
});

/**
 * x [N, C] plus the rows of table [positions, C] that its tokens stand at.
 * @throws RangeError where the table ends before
 */
export function addPositions(x: Tensor, table: Tensor, { length, start = 0 }: PositionShape): Tensor {
  const rows = table.shape[0];
  if (typeof start === 'number' && start + length > rows)
    throw new RangeError(`position ${start + length - 1} in a table of ${rows}`);
  return positionsOp({ x, table }, { length, start })[0]!;
}

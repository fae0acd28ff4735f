/**
 * f32 matrices in halves and back, on the GPU, as `quantize.ts` lays them out: word j of a row holds columns 2j and 2j
 * + 1, a row is padded with zeros, what is larger than the largest half becomes it. Several matrices in one dispatch,
 * one word to an invocation: 12 bytes of memory for two numbers, which is all the time it takes.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { newTensor } from '../../device/buffers';
import { fixedShader, flatGrid, flatMain, gpu, grid1d, shader, struct } from '../../device/kernel';
import type { QuantizedMatrix } from './matrix';
import { rowLayout } from './quantize';
import { bindingLimit, byParts, layOut, perSegment, segmentedMain, STREAM_GROUP } from '../../device/manyTensors';
import { arrayOf } from '../../device/struct';

/** The largest finite half. */
const LARGEST = 65504;

interface Rounding {
  from: TensorInfo;
  to: TensorInfo;
  columns: number;
}

const Segment = struct('Segment', { first: 'u32', n: 'u32', words: 'u32', columns: 'u32' });
const packParams = (count: number) => struct('Params', { segments: arrayOf(Segment, count) });

const packed = shader(
  'halves',
  ({ count }: { count: number }) => `
${packParams(count).wgsl}
${Array.from(
  { length: count },
  (_, s) => `@group(0) @binding(${2 * s}) var<storage, read_write> words${s}: array<u32>;
@group(0) @binding(${2 * s + 1}) var<storage, read> from${s}: array<f32>;`,
).join('\n')}
@group(0) @binding(${2 * count}) var<uniform> p: Params;
${segmentedMain(
  count,
  `let column = 2u * (i % own.words);
  let at = (i / own.words) * own.columns + column;
  var pair = vec2f(0.0);
  ${perSegment(
    count,
    (s) => `if (column < own.columns) { pair.x = from${s}[at]; }
    if (column + 1u < own.columns) { pair.y = from${s}[at + 1u]; }
    words${s}[i] = pack2x16float(clamp(pair, vec2f(-${LARGEST}.0), vec2f(${LARGEST}.0)));`,
  )}`,
)}`,
);

const rowsOf = ({ to }: Rounding): number => to.shape[0]!;

function dispatch(some: readonly Rounding[]): void {
  const words = some.map(({ columns }) => rowLayout('f16', columns).words);
  const sizes = some.map((rounding, s) => rowsOf(rounding) * words[s]!);
  const { firsts, total } = layOut(sizes.map((n) => Math.ceil(n / STREAM_GROUP)));
  gpu().run({
    shader: packed({ count: some.length }),
    binds: some.flatMap(({ to, from }) => [{ tensor: to, write: true as const }, { tensor: from }]),
    params: packParams(some.length).all({
      segments: some.map(({ columns }, s) => ({ first: firsts[s]!, n: sizes[s]!, words: words[s]!, columns })),
    }),
    workgroups: grid1d(total, 1),
  });
}

const Params = struct('Params', { n: 'u32', words: 'u32', columns: 'u32' });

const unpacked = fixedShader(
  'halves unpacked',
  `
${Params.wgsl}
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> words: array<u32>;
@group(0) @binding(2) var<uniform> p: Params;
${flatMain(
  `let column = 2u * (i % p.words);
  let at = (i / p.words) * p.columns + column;
  let pair = unpack2x16float(words[i]);
  if (column < p.columns) { y[at] = pair.x; }
  if (column + 1u < p.columns) { y[at + 1u] = pair.y; }`,
  STREAM_GROUP,
)}`,
);

const roundAll = (all: readonly Rounding[]): void =>
  byParts(all, Math.floor(bindingLimit() / 2)).forEach((some) => dispatch(some));

/** Queues the copying of all masters into the halves beside them. */
export const refreshHalves = (copies: readonly QuantizedMatrix[]): void =>
  roundAll(copies.map(({ master, words, shape }) => ({ from: master!, to: words, columns: shape[1] })));

/** Which matrix some words are. */
const matrices = new WeakMap<Tensor, QuantizedMatrix>();

/** The matrix that `toHalves` made these words of, if it did. */
export const halvesIn = (words: Tensor): QuantizedMatrix | undefined => matrices.get(words);

/** Words of f32 matrices, outside of every tidy; the caller disposes them. */
export function halfCopies(tensors: readonly Tensor[]): Tensor[] {
  const all = tensors.map((from) => {
    const [rows, columns] = [from.shape[0], from.shape[1]!];
    return { from, to: newTensor([rows, rowLayout('f16', columns).words], 'int32'), columns };
  });
  roundAll(all);
  return all.map(({ to, columns }) => sharing(to, { kind: 'f16', shape: [to.shape[0], columns], words: to }));
}

/** Says of words that they are this matrix. */
export function sharing(words: Tensor, matrix: QuantizedMatrix): Tensor {
  matrices.set(words, { ...matrix, words });
  return words;
}

/** f32 again, for the tidy that it is in. */
export function fromHalves({ words, shape }: QuantizedMatrix): Tensor {
  const y = tf.engine().makeTensorFromTensorInfo(gpu().alloc(shape));
  const [perRow, n] = [words.shape[1]!, words.size];
  gpu().run({
    shader: unpacked,
    binds: [{ tensor: y, write: true }, { tensor: words }],
    params: Params.all({ n, words: perRow, columns: shape[1] }),
    workgroups: flatGrid(n, STREAM_GROUP),
  });
  return y;
}

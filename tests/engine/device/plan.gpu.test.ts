import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newTensor } from '../../../src/engine/device/buffers';
import { add, addInPlace } from '../../../src/engine/ops/pointwise/add';
import { fixedShader, gpu, grid1d, type Arena, type Dispatch } from '../../../src/engine/device/kernel';
import { testEngine } from '../../gpu';
import { toTensor, values } from '../../tensors';

let arena: Arena;
beforeAll(async () => {
  await testEngine();
  arena = gpu().newArena();
});
afterAll(() => gpu().freeArena(arena));

const floats = (...data: number[]) => toTensor({ shape: [data.length], data: Float32Array.from(data) });
/** On the GPU, not in JavaScript. */
function uploaded(...data: number[]): tf.Tensor {
  const tensor = newTensor([data.length]);
  gpu().write(tensor, Float32Array.from(data));
  return tensor;
}

/** y = y · factor + term, the term being live. */
const scaleAndAdd = (y: tf.TensorInfo, factor: number, now: { term: number }): Dispatch => ({
  shader: fixedShader(
    'test scale and add',
    `
struct Params { factor: f32, term: f32 };
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<uniform> p: Params;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&y)) { y[id.x] = y[id.x] * p.factor + p.term; }
}`,
  ),
  binds: [{ tensor: y, write: true }],
  params: (view) => view.setFloat32(0, factor, true),
  live: (view) => view.setFloat32(4, now.term, true),
  workgroups: grid1d(tf.util.sizeFromShape(y.shape), 64),
});

describe('a plan', () => {
  test('repeats its dispatches in order with the live numbers of each replay, however it is split', async () => {
    const now = { term: 0 };
    const [x, y] = [uploaded(1, 2, 3), uploaded(0, 0, 0)];
    const plan = gpu().capture(arena, () => {
      for (const factor of [1, 2, 3]) {
        gpu().run(scaleAndAdd(x, factor, now));
        const sum = add(x, x); // scratch of the arena
        addInPlace(y, sum);
        sum.dispose();
      }
    });
    expect(plan.length).toBe(9);
    expect([...(await values(x))], 'capturing runs nothing').toEqual([1, 2, 3]);
    const [expectedX, expectedY] = [
      [1, 2, 3],
      [0, 0, 0],
    ];
    for (const [i, perSubmit] of [undefined, 1, 2, 4, 8, 100].entries()) {
      now.term = i;
      gpu().write(x, Float32Array.of(1, 2, 3));
      gpu().replay(plan, perSubmit);
      [1, 2, 3].forEach((value, j) => {
        expectedX[j] = value;
        for (const factor of [1, 2, 3]) {
          expectedX[j] = expectedX[j] * factor + i;
          expectedY[j]! += 2 * expectedX[j];
        }
      });
    }
    expect([...(await values(x))]).toEqual(expectedX);
    expect([...(await values(y))]).toEqual(expectedY);
    gpu().release(plan, arena);
    tf.dispose([x, y]);
  });

  test('compiles each of its shaders once, and counts them', async () => {
    const y = uploaded(1);
    const shaderOf = (name: string, body: string) =>
      fixedShader(
        `test ${name}`,
        `
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1) fn main() { ${body} }`,
      );
    const run = (name: string, body: string): void =>
      gpu().run({ shader: shaderOf(name, body), binds: [{ tensor: y, write: true }], workgroups: [1, 1, 1] });
    run('compiled before', 'y[0] += 1;');
    const plan = gpu().capture(arena, () => {
      for (const [name, body] of [
        ['compiled before', 'y[0] += 1;'],
        ['new', 'y[0] *= 5;'],
        ['another', 'y[0] -= 3;'],
        ['new', 'y[0] *= 5;'],
      ] as const)
        run(name, body);
    });
    const told: number[][] = [];
    await plan.compile((...counts) => told.push(counts));
    expect(told).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
    await plan.compile(() => expect.unreachable('all are compiled'));
    gpu().replay(plan);
    expect([...(await values(y))]).toEqual([((1 + 1 + 1) * 5 - 3) * 5]);
    gpu().release(plan, arena);
    tf.dispose(y);
  });

  test('stands in order with dispatches and writes before and after it', async () => {
    const y = uploaded(1);
    const plan = gpu().capture(arena, () => gpu().run(scaleAndAdd(y, 10, { term: 1 })));
    gpu().run(scaleAndAdd(y, 1, { term: 4 })); // 5
    gpu().replay(plan); // 51
    gpu().run(scaleAndAdd(y, 2, { term: 0 })); // 102
    gpu().replay(plan); // 1021
    gpu().replay(plan); // 10211
    expect([...(await values(y))]).toEqual([10211]);
    gpu().release(plan, arena);
    y.dispose();
  });

  test('uses buffers that nobody else is given, until its arena is freed', async () => {
    const before = gpu().bytes();
    const own = gpu().newArena();
    const [x, y] = [uploaded(...new Array<number>(1013).fill(1)), uploaded(...new Array<number>(1013).fill(0))];
    const plan = gpu().capture(own, () => {
      const sum = add(x, x);
      addInPlace(y, sum);
      sum.dispose();
    });
    const others = Array.from({ length: 4 }, () => uploaded(...new Array<number>(1013).fill(7)));
    gpu().replay(plan);
    for (const other of others) expect(new Set(await values(other))).toEqual(new Set([7]));
    tf.dispose([x, y, ...others]);
    gpu().freeArena(own);
    gpu().trim();
    expect(gpu().bytes().used).toBe(before.used);
    expect(gpu().bytes().allocated).toBeLessThanOrEqual(before.allocated);
  });
});

describe('a captured step refuses', () => {
  let y: tf.Tensor;
  beforeEach(() => void (y = uploaded(1, 2)));
  afterEach(() => y.dispose());

  test.each([
    ['what outlives it', () => void gpu().alloc([2]), 'outlive'],
    ['a write', () => gpu().write(gpu().alloc([1]), Float32Array.of(1)), 'write'],
    ['values in JavaScript', () => addInPlace(y, floats(1, 2)), 'JavaScript'],
    ['a kernel of tfjs', () => void tf.tidy(() => tf.relu(y)), 'tfjs kernel'],
  ])('%s', (_what, work, words) => {
    const own = gpu().newArena();
    expect(() => gpu().capture(own, work)).toThrow(words);
    gpu().freeArena(own);
  });

  test('a read, and all goes on after a refusal', async () => {
    const own = gpu().newArena();
    const reading: Promise<unknown>[] = [];
    gpu().capture(own, () => void reading.push(gpu().read(y)));
    await expect(reading[0]).rejects.toThrow('read');
    const more = uploaded(3, 4);
    addInPlace(y, more);
    expect([...(await values(y))]).toEqual([4, 6]);
    gpu().freeArena(own);
    more.dispose();
  });
});

test('a constant made while capturing stays, and is no part of the arena', async () => {
  const own = gpu().newArena();
  let table: tf.TensorInfo | undefined;
  gpu().capture(own, () => void (table = gpu().constant([3], Float32Array.of(4, 5, 6))));
  gpu().freeArena(own);
  expect([...new Float32Array(await gpu().read(table!))]).toEqual([4, 5, 6]);
  gpu().dispose(table!);
});

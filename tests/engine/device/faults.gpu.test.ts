// What becomes of an engine whose device fails: the fault is thrown at the next read, and its own device is closed.
import { beforeEach, expect, test } from 'vitest';
import { openEngine, type Engine } from '../../../src/engine/gpuEngine';
import { fixedShader, gpu } from '../../../src/engine/device/kernel';
import { dawn } from '../../dawn';
import { toTensor, values } from '../../tensors';

const api = dawn();
let engine: Engine;
beforeEach(async () => {
  engine = await openEngine({ gpu: api });
});

const numbers = () => toTensor({ shape: [3], data: Float32Array.of(1, 2, 3) });

test('a fault of an earlier dispatch is thrown at the next read, and stays; the device is closed', async () => {
  const a = numbers();
  gpu().run({
    shader: fixedShader('broken', 'this is no shader'),
    binds: [{ tensor: a, write: true }],
    workgroups: [1, 1, 1],
  });
  await expect(values(a)).rejects.toMatchObject({ code: 'gpu-fault' });
  expect(await engine.lost).toMatchObject({ reason: 'destroyed' });
  await expect(values(a)).rejects.toMatchObject({ code: 'gpu-fault' });
  expect(engine.fault()).toMatchObject({ facts: { message: expect.stringContaining('unexpected token') as string } });
  a.dispose();
  engine.dispose();
});

test('a full memory is told as that', async () => {
  const a = numbers();
  const full = { error: new GPUOutOfMemoryError('no room for 9 GB') };
  engine.device.dispatchEvent(Object.assign(new Event('uncapturederror'), full));
  await expect(values(a)).rejects.toMatchObject({ code: 'gpu-memory', facts: { message: 'no room for 9 GB' } });
  a.dispose();
  engine.dispose();
});

test('an engine that another has taken the place of closes its own device alone', async () => {
  const second = await openEngine({ gpu: api });
  engine.dispose();
  const a = numbers();
  expect(await values(a)).toEqual(Float32Array.of(1, 2, 3));
  a.dispose();
  second.dispose();
  expect(() => gpu()).toThrow('engine-closed');
});

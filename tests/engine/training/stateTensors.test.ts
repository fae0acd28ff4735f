import { beforeAll, expect, test } from 'vitest';
import { newTensor } from '../../../src/engine/device/buffers';
import { device } from '../../../src/engine/device/currentDevice';
import type { ParameterGroup } from '../../../src/engine/training/optim/optimizer';
import { loadStateTensor, stateTensors } from '../../../src/engine/training/stateTensors';
import { testCpu } from '../../cpu';

beforeAll(() => testCpu());

/** Weights a = [1, 2] and b = [3], with moments 10 and 20 of one buffer. */
function newGroup(): ParameterGroup {
  const filled = (...values: number[]) => {
    const tensor = newTensor([values.length]);
    device().write(tensor, Float32Array.from(values));
    return tensor;
  };
  const spec = (name: string, size: number) => ({ name, shape: [size], kind: 'bias' as const });
  return {
    parameters: [
      { spec: spec('a', 2), weight: filled(1, 2), start: 0 },
      { spec: spec('b', 1), weight: filled(3), start: 2 },
    ],
    lanes: 1,
    moment1: filled(10, 10, 20),
  };
}

const read = async (group: ParameterGroup): Promise<string[]> =>
  Promise.all(
    stateTensors([group]).map(async (tensor) => {
      const values = new Float32Array((await tensor.read()).buffer);
      return `${tensor.spec.role} ${tensor.spec.name} ${values.join()}`;
    }),
  );

test('weights come before moments, each cut out of its group; SGD has no second moments', async () => {
  expect(await read(newGroup())).toEqual(['weight a 1,2', 'weight b 3', 'moment1 a 10,10', 'moment1 b 20']);
});

test('a stored tensor goes back to its own place alone', async () => {
  const group = newGroup();
  loadStateTensor([group], 'moment1', 'b', new Uint8Array(Float32Array.of(7).buffer));
  expect(await read(group)).toEqual(['weight a 1,2', 'weight b 3', 'moment1 a 10,10', 'moment1 b 7']);
});

test('refuses a tensor that is not there, and one of another size', () => {
  const group = newGroup();
  const bytes = new Uint8Array(4);
  expect(() => loadStateTensor([group], 'moment2', 'b', bytes)).toThrow(
    expect.objectContaining({ code: 'weights-missing' }),
  );
  expect(() => loadStateTensor([group], 'weight', 'a', bytes)).toThrow(
    expect.objectContaining({ code: 'weights-size' }),
  );
});

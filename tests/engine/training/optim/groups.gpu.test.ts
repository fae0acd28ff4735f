import { beforeAll, expect, test } from 'vitest';
import { defaultSettings } from '../../../../src/base/settings/trainSettings';
import type { ParameterSpec } from '../../../../src/base/modelShape';
import { newTensor } from '../../../../src/engine/device/buffers';
import { bindingLimit } from '../../../../src/engine/device/manyTensors';
import { groupsOf } from '../../../../src/engine/training/optim/groups';
import { optimizerFor } from '../../../../src/engine/training/optim/optimizerFor';
import { testEngine } from '../../../gpu';

beforeAll(async () => void (await testEngine()));

const specOf = (size: number): ParameterSpec => ({ name: `p${size}`, shape: [size], kind: 'matrix' });
const optimizer = optimizerFor({ ...defaultSettings(), optimizer: 'adamw' });
const groupsFor = (sizes: number[]) =>
  groupsOf(
    sizes.map((size) => ({ spec: specOf(size), weight: newTensor([size]) })),
    optimizer,
  );

test('keep the order, bind no more than an adapter allows, and are not larger than their largest tensor or a dispatch', () => {
  const sizes = [2 ** 20 + 4, 8, 12, 16, 20, 2 ** 20 - 40, 9, 11, 4];
  const groups = groupsFor(sizes);
  expect(groups.flatMap(({ parameters }) => parameters.map(({ spec }) => spec.shape[0]))).toEqual(sizes);
  for (const { parameters, moment1, moment2, lanes } of groups) {
    expect(optimizer.sharedBuffers + 2 * parameters.length).toBeLessThanOrEqual(bindingLimit());
    expect([moment1.size, moment2!.size]).toEqual(new Array(2).fill(parameters.reduce((n, p) => n + p.weight.size, 0)));
    expect(moment1.size).toBeLessThanOrEqual(2 ** 20 + 4);
    for (const { weight, start } of parameters) expect([weight.size % lanes, start % lanes]).toEqual([0, 0]);
  }
  const norms = groupsFor(new Array<number>(61).fill(64));
  expect(norms.length).toBe(Math.ceil(61 / Math.floor((bindingLimit() - optimizer.sharedBuffers) / 2)));
});

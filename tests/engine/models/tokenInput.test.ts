import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { device } from '../../../src/engine/device/currentDevice';
import { uploadIds } from '../../../src/engine/models/tokenInput';
import { testCpu } from '../../cpu';

test('uploadIds puts the ids on the device once, makes no index of a gradient, and frees them', async () => {
  await testCpu();
  const before = tf.memory().numTensors;
  const { input, dispose } = uploadIds(Int32Array.of(3, 1, 4, 1, 5, 9), 2, 3);
  expect({ batch: input.batch, length: input.length }).toEqual({ batch: 2, length: 3 });
  expect([...new Int32Array(await device().read(input.index.ids))]).toEqual([3, 1, 4, 1, 5, 9]);
  expect([input.index.order, input.index.starts]).toEqual([input.index.ids, input.index.ids]);
  expect(tf.memory().numTensors).toBe(before + 1);
  dispose();
  expect(tf.memory().numTensors).toBe(before);
});

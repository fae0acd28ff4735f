// Steps on the CPU path, which traces each one anew: what a step that fails leaves behind.
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { testCpu } from '../../cpu';
import { newTrainer, tokens } from '../fixture';

beforeAll(async () => void (await testCpu()));

test('where a later micro-batch of a step cannot be uploaded, the earlier ones are freed', async () => {
  const trainer = await newTrainer();
  const good = tokens('good', 2);
  await trainer.step([good, good], 1e-3);
  const before = tf.memory().numTensors;
  const short = { ...tokens('short', 2), inputs: new Int32Array(3) };
  await expect(trainer.step([good, good, short], 1e-3)).rejects.toThrow(RangeError);
  expect(tf.memory().numTensors).toBe(before);
  trainer.dispose();
});

import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { isWeight, withWeights } from '../../../src/engine/device/recording';
import { testCpu } from '../../cpu';

beforeAll(() => testCpu());

describe('isWeight', () => {
  test('is true of the very tensors that are differentiated by, not of clones of them', () => {
    tf.tidy(() => {
      const [w, frozen] = [tf.ones([2]), tf.ones([2])];
      const asked = withWeights([w], () => [w, frozen, tf.clone(w)].map(isWeight));
      expect(asked).toEqual([true, false, false]);
      expect(isWeight(w)).toBe(false);
    });
  });

  test('is asked of the innermost weights, and of those around them again when these are done or failed', () => {
    tf.tidy(() => {
      const [outer, inner] = [tf.ones([2]), tf.ones([2])];
      const both = (): boolean[] => [outer, inner].map(isWeight);
      withWeights([outer], () => {
        expect(withWeights([inner], both)).toEqual([false, true]);
        expect(both()).toEqual([true, false]);
        const failing = (): never => {
          throw new Error('in the middle');
        };
        expect(() => withWeights([inner], failing)).toThrow('in the middle');
        expect(both()).toEqual([true, false]);
      });
    });
  });
});

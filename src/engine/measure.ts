import * as tf from '@tensorflow/tfjs-core';
import { newTensor } from './buffers';
import { gpu } from './kernels/kernel';
import { matmul } from './kernels/matmul';

/** Rows of the square product that is timed first: small enough for the slowest adapter. */
const FIRST_SIZE = 256;
const LARGEST_SIZE = 2048;
/** A product that takes this long, in ms, is timed well enough. */
const LONG_ENOUGH = 60;

/**
 * The f32 matmul rate of this adapter in FLOP/s: squares of growing size until one takes long enough to be told from the cost of
 * reading back; the best of three of that size. Stops the GPU's other work for about half a second.
 */
export async function measureMatmul(): Promise<number> {
  await secondsOf(FIRST_SIZE); // the first product compiles its pipeline
  for (let size = FIRST_SIZE; ; size *= 2) {
    const seconds = Math.min(await secondsOf(size), await secondsOf(size), await secondsOf(size));
    if (1000 * seconds >= LONG_ENOUGH || size === LARGEST_SIZE) return (2 * size ** 3) / seconds;
  }
}

/** Wall time of one product of two squares, the read-back of four bytes included. */
async function secondsOf(size: number): Promise<number> {
  const [a, b] = [newTensor([size, size]), newTensor([size, size])];
  const begun = performance.now();
  const c = matmul(a, b);
  await gpu().read(c, 0, 4);
  const seconds = (performance.now() - begun) / 1000;
  tf.dispose([a, b, c]);
  return seconds;
}

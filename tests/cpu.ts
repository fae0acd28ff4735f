import * as tf from '@tensorflow/tfjs-core';
import { openCpuEngine } from '../src/engine/cpuEngine';
import type { CpuEngine } from '../src/engine/gpuEngine';

let opened: Promise<CpuEngine> | undefined;

/** The CPU path, opened once per test file. A file has either this or `testEngine` open. */
export function testCpu(): Promise<CpuEngine> {
  opened ??= openCpuEngine().then((engine) => {
    // tfjs then counts the tensors of every kernel: an op that keeps one fails where it does so.
    tf.env().set('IS_TEST', true);
    return engine;
  });
  return opened;
}

/** Our CPU path. */
import { openCpuEngine } from '../../../src/engine/cpuEngine';
import { createGenerator } from '../../../src/engine/generation/decoder';
import type { BenchCase } from '../cases';
import type { Side } from '../side';
import { trained, written } from './ours';

export async function open(bench: BenchCase): Promise<Side> {
  await openCpuEngine();
  const { trainer, ...side } = await trained(bench);
  return {
    ...side,
    generate: (prompt, count) => written(createGenerator(trainer.model, prompt.length + count), prompt, count),
  };
}

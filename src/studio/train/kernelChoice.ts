// Stored kernel choices of a GPU: measured once, then read. The measuring itself is engine/tuneKernels.
import type { KernelChoices } from '../../base/wire/machine';
import { choicesOf, KERNELS_VERSION, tuneMatmul } from '../../engine/tuneKernels/autotune';
import type { Engine } from '../../engine/gpuEngine';
import { useVariants } from '../../engine/device/variants';
import type { AtelierDb } from '../../storage/db';
import { keepMeasured, keepRate, readMeasured } from '../../storage/settings';

/** What was measured on this GPU with the kernels of this version, if anything. */
export async function storedChoices(db: AtelierDb, gpuName: string): Promise<KernelChoices | undefined> {
  const kept = await readMeasured(db, 'kernelChoices', gpuName);
  return kept?.version === KERNELS_VERSION ? kept : undefined;
}

/**
 * Times the kernel variants on this GPU, stores the fastest and makes them the ones in use. Never while a run is under
 * way: other variants add in another order, which would change the run's bits.
 */
export async function measureKernels(
  db: AtelierDb,
  engine: Pick<Engine, 'facts' | 'measureMatmul'>,
  gpuName: string,
  tune = tuneMatmul,
): Promise<KernelChoices> {
  const kernelChoices = await tune(engine.facts.isFallback);
  useVariants(choicesOf(kernelChoices));
  await keepMeasured(db, 'kernelChoices', gpuName, kernelChoices);
  await keepRate(db, gpuName, await engine.measureMatmul());
  return kernelChoices;
}

/**
 * The fastest variants by shape class, from an earlier measurement or from one made now. For a new run only: a resumed
 * one keeps those of its checkpoint.
 */
export async function measuredVariants(
  db: AtelierDb,
  engine: Pick<Engine, 'facts' | 'measureMatmul'>,
  gpuName: string,
  tune = tuneMatmul,
): Promise<Record<string, string>> {
  return choicesOf((await storedChoices(db, gpuName)) ?? (await measureKernels(db, engine, gpuName, tune)));
}

import type { KernelChoices } from '../../base/wire/machine';
import { choicesOf, KERNELS_VERSION, tuneMatmul } from '../../engine/tuneKernels/autotune';
import type { Engine } from '../../engine/gpuEngine';
import { useVariants } from '../../engine/device/variants';
import type { AtelierDb } from '../../storage/db';
import { keepMeasured, readMeasured } from '../../storage/settings';

/** What was measured on this gpuName with the kernels of this version, if anything. */
export async function storedChoices(db: AtelierDb, gpuName: string): Promise<KernelChoices | undefined> {
  const kept = await readMeasured(db, 'kernelChoices', gpuName);
  return kept?.version === KERNELS_VERSION ? kept : undefined;
}

/**
 * Times the gpuName, keeps what it found, and lets what comes next run so. Not while a run is under way: it would
 * change the run's bits.
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
  await keepMeasured(db, 'matmulFlops', gpuName, await engine.measureMatmul());
  return kernelChoices;
}

/**
 * The variants that are fastest here, by shape class: as measured before, or now. For a new run; one that goes on has
 * its own.
 */
export async function measuredVariants(
  db: AtelierDb,
  engine: Pick<Engine, 'facts' | 'measureMatmul'>,
  gpuName: string,
  tune = tuneMatmul,
): Promise<Record<string, string>> {
  return choicesOf((await storedChoices(db, gpuName)) ?? (await measureKernels(db, engine, gpuName, tune)));
}

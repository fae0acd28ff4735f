import type { MatmulTuning } from '../../base/wire/machine';
import { choicesOf, KERNELS_VERSION, tuneMatmul } from '../../engine/tuneKernels/autotune';
import type { Engine } from '../../engine/gpuEngine';
import { useVariants } from '../../engine/device/variants';
import type { AtelierDb } from '../../storage/db';
import { keepMeasured, readMeasured } from '../../storage/settings';

/** What was measured on this adapter with the kernels of this version, if anything. */
export async function keptTuning(db: AtelierDb, adapter: string): Promise<MatmulTuning | undefined> {
  const kept = await readMeasured(db, 'tuning', adapter);
  return kept?.version === KERNELS_VERSION ? kept : undefined;
}

/** Times the adapter, keeps what it found, and lets what comes next run so. Not while a run is under way: it would change the run's bits. */
export async function measureAdapter(
  db: AtelierDb,
  engine: Pick<Engine, 'facts' | 'measureMatmul'>,
  adapter: string,
  tune = tuneMatmul,
): Promise<MatmulTuning> {
  const tuning = await tune(engine.facts.isFallback);
  useVariants(choicesOf(tuning));
  await keepMeasured(db, 'tuning', adapter, tuning);
  await keepMeasured(db, 'matmulFlops', adapter, await engine.measureMatmul());
  return tuning;
}

/** The variants that are fastest here, by shape class: as measured before, or now. For a new run; one that goes on has its own. */
export async function measuredVariants(
  db: AtelierDb,
  engine: Pick<Engine, 'facts' | 'measureMatmul'>,
  adapter: string,
  tune = tuneMatmul,
): Promise<Record<string, string>> {
  return choicesOf((await keptTuning(db, adapter)) ?? (await measureAdapter(db, engine, adapter, tune)));
}

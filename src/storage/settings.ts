// What was measured on this computer and what the person chose to compute on. It is not the settings of a run.
import type { ComputeOn } from '../base/records/run';
import type { AtelierDb, SettingKey, SettingValues } from './db';
import { write } from './write';

type Measured<K extends SettingKey> = SettingValues[K][string];

/** What was measured on this graphics card, if anything; of a choice, what was chosen. */
export async function readMeasured<K extends SettingKey>(
  db: AtelierDb,
  key: K,
  gpuName: string,
): Promise<Measured<K> | undefined> {
  const record = await db.get('settings', key);
  return record?.value[gpuName] as Measured<K> | undefined;
}

/** All that was measured of one kind, by name. */
export const readAllMeasured = async <K extends SettingKey>(
  db: AtelierDb,
  key: K,
): Promise<Readonly<Partial<SettingValues[K]>>> =>
  ((await db.get('settings', key))?.value ?? {}) as Partial<SettingValues[K]>;

export async function keepMeasured<K extends SettingKey>(
  db: AtelierDb,
  key: K,
  gpuName: string,
  value: Measured<K>,
): Promise<void> {
  await write(db, ['settings'], async (tx) => {
    const store = tx.objectStore('settings');
    const before = await store.get(key);
    await store.put({ key, value: { ...before?.value, [gpuName]: value } as SettingValues[K] });
  });
}

/** Keeps the matmul rate of what computes, and when it was measured. */
export async function keepRate(db: AtelierDb, gpuName: string, flops: number, at = Date.now()): Promise<void> {
  await keepMeasured(db, 'matmulFlops', gpuName, flops);
  await keepMeasured(db, 'matmulAt', gpuName, at);
}

/** The matmul rate of what computes, and when it was measured, as far as they are known. */
export async function readRate(db: AtelierDb, gpuName: string): Promise<{ matmulFlops?: number; matmulAt?: number }> {
  const matmulFlops = await readMeasured(db, 'matmulFlops', gpuName);
  const matmulAt = await readMeasured(db, 'matmulAt', gpuName);
  return { ...(matmulFlops && { matmulFlops }), ...(matmulAt && { matmulAt }) };
}

/** What the person chose to compute on; the GPU where nothing was chosen. */
export const readCompute = async (db: AtelierDb): Promise<ComputeOn> =>
  (await readMeasured(db, 'compute', 'on')) ?? 'gpu';

export const keepCompute = (db: AtelierDb, on: ComputeOn): Promise<void> => keepMeasured(db, 'compute', 'on', on);

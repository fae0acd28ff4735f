import type { ComputeOn } from '../base/records/run';
import type { KernelChoices } from '../base/wire/machine';
import type { AtelierDb } from './db';
import { write } from './write';

/**
 * What the studio keeps for later visits: what it has measured, each by the gpuName it was measured on, and what was
 * chosen.
 */
export interface SettingValues {
  /** f32 matmul rate, FLOP/s. */
  matmulFlops: Record<string, number>;
  /** Share of that rate which training reached, by gpuName and kind of model. */
  efficiency: Record<string, number>;
  /** The matmul's variants by shape class. */
  kernelChoices: Record<string, KernelChoices>;
  /** What computes, as chosen, under the name `on`. */
  compute: Record<string, ComputeOn>;
}

export type SettingKey = keyof SettingValues;
type Measured<K extends SettingKey> = SettingValues[K][string];
export interface SettingRecord {
  key: SettingKey;
  value: SettingValues[SettingKey];
}

/** What was measured on this gpuName, if anything; of a choice, what was chosen. */
export async function readMeasured<K extends SettingKey>(
  db: AtelierDb,
  key: K,
  gpuName: string,
): Promise<Measured<K> | undefined> {
  const record = await db.get('settings', key);
  return record?.value[gpuName] as Measured<K> | undefined;
}

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

/** What the person chose to compute on; the GPU where nothing was chosen. */
export const readCompute = async (db: AtelierDb): Promise<ComputeOn> =>
  (await readMeasured(db, 'compute', 'on')) ?? 'gpu';

export const keepCompute = (db: AtelierDb, on: ComputeOn): Promise<void> => keepMeasured(db, 'compute', 'on', on);

import type { AtelierDb } from './db';
import { write } from './write';

/** What the studio has measured and keeps for later visits, each by the adapter it was measured on. */
export interface SettingValues {
  /** f32 matmul rate, FLOP/s. */
  matmulFlops: Record<string, number>;
  /** Share of that rate which training reached. */
  efficiency: Record<string, number>;
}

export type SettingKey = keyof SettingValues;
export interface SettingRecord {
  key: SettingKey;
  value: SettingValues[SettingKey];
}

/** What was measured on this adapter, if anything. */
export async function readMeasured(db: AtelierDb, key: SettingKey, adapter: string): Promise<number | undefined> {
  return (await db.get('settings', key))?.value[adapter];
}

export async function keepMeasured(db: AtelierDb, key: SettingKey, adapter: string, value: number): Promise<void> {
  await write(db, ['settings'], async (tx) => {
    const store = tx.objectStore('settings');
    const before = await store.get(key);
    await store.put({ key, value: { ...before?.value, [adapter]: value } });
  });
}

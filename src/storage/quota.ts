// How much the studio stores and how much the browser would allow, for the screen This machine.
import type { StorageFacts } from '../base/wire/machine';
import type { AtelierDb } from './db';
import { downloadBytes } from './downloads';

type Manager = Pick<StorageManager, 'estimate' | 'persisted'>;

const browserStorage = (): Manager | undefined => (typeof navigator === 'undefined' ? undefined : navigator.storage);

/**
 * What is stored, and whether the browser has promised to keep it (only a page can ask for that promise, no worker).
 * `quotaBytes` is what the browser says, not what it enforces: Chromium said 10 GiB while it enforced 20 MB.
 */
export async function storageFacts(db: AtelierDb, manager = browserStorage()): Promise<StorageFacts> {
  const [estimate, persisted, datasets, runs, checkpoints, waiting] = await Promise.all([
    manager?.estimate().catch(() => undefined),
    manager?.persisted().catch(() => false),
    db.getAll('datasets'),
    db.getAll('runs'),
    db.getAll('checkpoints'),
    downloadBytes(db),
  ]);
  const here = (record: { deletedAt?: number }): boolean => record.deletedAt === undefined;
  return {
    usedBytes: estimate?.usage ?? 0,
    quotaBytes: estimate?.quota ?? 0,
    persisted: persisted ?? false,
    datasets: datasets.filter(here).length,
    runs: runs.filter(here).length,
    downloadBytes: waiting,
    checkpointBytes: checkpoints.reduce((sum, c) => sum + c.byteLength, 0),
  };
}

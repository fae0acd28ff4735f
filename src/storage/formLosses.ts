// The measured losses of the forms of a checkpoint, kept in its manifest: they go when it goes.
import { AtelierError } from '../base/errors/errors';
import type { FormLoss } from '../base/records/checkpoint';
import type { Id } from '../base/records/named';
import type { AtelierDb } from './db';
import { write } from './write';

/** @throws checkpoint-missing, storage-full, storage-closed, storage-failed */
export const keepFormLoss = (db: AtelierDb, checkpointId: Id, kind: string, measured: FormLoss): Promise<void> =>
  write(db, ['checkpoints'], async (tx) => {
    const store = tx.objectStore('checkpoints');
    const manifest = await store.get(checkpointId);
    if (!manifest) throw new AtelierError('checkpoint-missing');
    await store.put({ ...manifest, formLosses: { ...manifest.formLosses, [kind]: measured } });
  });

// What datasets, tokenizers, runs, models, talks, label tasks, evaluations, judgings and regression sets share: a name,
// a list, and a delete that can be undone until the next start.
import { AtelierError, type ErrorCode } from '../base/errors/errors';
import type { Id } from '../base/records/named';
import type { AtelierDb, AtelierSchema } from './db';
import { write } from './write';

/** What has a name, is listed, and whose delete can be undone. */
export type NamedStore =
  ('datasets' | 'tokenizers' | 'runs' | 'models' | 'talks') | ('labelTasks' | 'evaluations' | 'judgings' | 'checkSets');
type KeptRecord<S extends NamedStore> = AtelierSchema[S]['value'];

const MISSING = {
  datasets: 'dataset-missing',
  tokenizers: 'tokenizer-missing',
  runs: 'run-missing',
  models: 'model-missing',
  talks: 'talk-missing',
  labelTasks: 'labels-missing',
  evaluations: 'evaluation-missing',
  judgings: 'judging-missing',
  checkSets: 'check-set-missing',
} as const satisfies Record<NamedStore, ErrorCode>;

/** Newest first, without what was deleted. */
export async function listNamed<S extends NamedStore>(db: AtelierDb, store: S): Promise<KeptRecord<S>[]> {
  const records = await db.getAll(store);
  return records.filter((r) => r.deletedAt === undefined).sort((a, b) => b.createdAt - a.createdAt);
}

/**
 * @throws dataset-missing, tokenizer-missing, run-missing, model-missing, talk-missing, labels-missing,
 *   evaluation-missing, judging-missing or check-set-missing; a deleted record counts as here until it is swept
 */
export async function getNamed<S extends NamedStore>(db: AtelierDb, store: S, id: Id): Promise<KeptRecord<S>> {
  const record = await db.get(store, id);
  if (!record) throw new AtelierError(MISSING[store]);
  return record;
}

async function change<S extends NamedStore>(
  db: AtelierDb,
  store: S,
  id: Id,
  patch: { name?: string; deletedAt?: number | undefined },
): Promise<void> {
  await write(db, [store], async (tx) => {
    const objects = tx.objectStore(store);
    const record = await objects.get(id);
    if (!record) throw new AtelierError(MISSING[store]);
    const { deletedAt, ...patched } = { ...record, ...patch };
    await objects.put(deletedAt === undefined ? patched : { ...patched, deletedAt });
  });
}

/** An empty name changes nothing. */
export async function renameNamed(db: AtelierDb, store: NamedStore, id: Id, name: string): Promise<void> {
  const trimmed = name.trim();
  if (trimmed) await change(db, store, id, { name: trimmed });
}

/** Hides the record; it can be restored until the sweep of a later start. */
export const deleteNamed = (db: AtelierDb, store: NamedStore, id: Id): Promise<void> =>
  change(db, store, id, { deletedAt: Date.now() });

export const restoreNamed = (db: AtelierDb, store: NamedStore, id: Id): Promise<void> =>
  change(db, store, id, { deletedAt: undefined });

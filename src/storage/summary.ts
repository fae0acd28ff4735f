// What the storage holds in a few numbers, which the page keeps outside of it: so a storage that was lost is noticed.
import type { StoredCounts, StoredSummary } from '../base/wire/machine';
import type { AtelierDb } from './db';
import { unreadableRecords } from './readErrors';

/** All stores of records are read, so that one that cannot be read is counted. */
export async function storedSummary(db: AtelierDb): Promise<StoredSummary> {
  const [runs, texts, models, tokenizers, talks] = await Promise.all([
    db.getAll('runs'),
    db.getAll('datasets'),
    db.getAll('models'),
    db.getAll('tokenizers'),
    db.getAll('talks'),
  ]);
  const countOf = (those: (record: { deletedAt?: number }) => boolean): StoredCounts => ({
    runs: runs.filter(those).length,
    texts: texts.filter(those).length,
    models: models.filter(those).length,
  });
  const times = [
    ...runs,
    ...talks,
    ...[...texts, ...models, ...tokenizers].map(({ createdAt }) => ({ updatedAt: createdAt })),
  ];
  const savedAt = Math.max(...times.map(({ updatedAt }) => updatedAt));
  return {
    schema: db.version,
    ...countOf(({ deletedAt }) => deletedAt === undefined),
    records: countOf(() => true),
    ...(times.length && { savedAt }),
    unreadable: unreadableRecords(db),
  };
}

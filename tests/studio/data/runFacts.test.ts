import { expect, test } from 'vitest';
import { deleteDataset } from '../../../src/storage/datasets';
import { addRun, deleteRun } from '../../../src/storage/runs';
import { saveCheckpoint } from '../../../src/storage/checkpoints';
import { importText } from '../../../src/studio/data/importData';
import { prepare } from '../../../src/studio/data/prepare';
import { runFacts } from '../../../src/studio/data/runFacts';
import { trainTokenizer } from '../../../src/studio/data/trainTokenizer';
import { draftOf, freshStorage, historyOfSteps, runOf, sourcesOf } from '../../storage/storage';

const ROWS = Array.from({ length: 30 }, (_, i) => `Row ${i} tells of ${i * 3} cats.`);

test('a run names its texts with rows and hash, its tokens, its device, the time of its steps', async () => {
  const db = await freshStorage();
  const { id, sha256 } = await importText(db, 'cats', ROWS.join('\n\n'));
  const tokenizer = await trainTokenizer(db, { name: 'tok', kind: 'characters', vocabSize: 0, datasetIds: [id] });
  const prepared = await prepare(db, { datasetIds: [id], tokenizerId: tokenizer.id, seed: 1, validationShare: 0.1 });
  await addRun(db, runOf('a', { preparedId: prepared.id, tokenizerId: tokenizer.id, datasetNames: ['cats'] }));
  await db.add('history', historyOfSteps('a', 0, 4));
  await saveCheckpoint(db, draftOf('a', 4, { gpuName: 'a card' }), sourcesOf(1), { run: {} });

  const facts = await runFacts(db, 'a');
  expect(facts.texts).toEqual([{ id, name: 'cats', rows: 30, sha256, listed: true }]);
  expect(facts.prepared).toMatchObject({ sha256: prepared.sha256, trainRows: 27, validationRows: 3 });
  expect(facts).toMatchObject({ tokenizer: { name: 'tok' }, gpuNames: ['a card'], milliseconds: 12 });

  await deleteDataset(db, id);
  expect((await runFacts(db, 'a')).texts).toEqual([{ id, name: 'cats', rows: 30, sha256, listed: false }]);
});

test('what is no longer stored is left out; a run is named whose checkpoint it began from', async () => {
  const db = await freshStorage();
  await addRun(db, runOf('parent'));
  const { id: checkpointId } = await saveCheckpoint(db, draftOf('parent', 4), sourcesOf(1), { run: {} });
  const origin = { kind: 'checkpoint', checkpointId, runName: 'parent', step: 4 } as const;
  await addRun(db, runOf('child', { origin, preparedId: 'gone' }));
  const bare = { texts: [{ name: 'a', listed: false }], gpuNames: [], milliseconds: 0 };
  expect(await runFacts(db, 'child')).toEqual({ ...bare, fromRunId: 'parent' });
  await deleteRun(db, 'parent', { request: (_name, _options, work) => work(null), query: () => Promise.resolve({}) });
  expect(await runFacts(db, 'child')).toEqual(bare);
});

import 'fake-indexeddb/auto';
import { expect, test } from 'vitest';
import { MIGRATIONS, openStorage } from '../../src/storage/open';
import { readOldDatabase, upgraded } from './databases';

test('a database of version 3 has the names of today after it was opened, and every value that it had', async () => {
  const old = readOldDatabase(3);
  const db = await upgraded(old, 'renamed');
  const before = Object.fromEntries(old.stores['runs']!) as Record<string, { config: object; model: object }>;
  const run = (await db.get('runs', old.runId))!;
  expect(run.settings).toEqual(before[old.runId]!.config);
  expect(run).not.toHaveProperty('config');
  expect(run.model.normEps).toBe(1e-5);
  expect(run.model).not.toHaveProperty('rmsNormEps');

  const checkpoints = await db.getAll('checkpoints');
  expect(checkpoints.map((c) => c.gpuName === 'CPU').sort()).toEqual([false, true]);
  for (const checkpoint of checkpoints)
    for (const gone of ['config', 'adapter', 'randomStates']) expect(checkpoint).not.toHaveProperty(gone);

  expect(await db.get('settings', 'kernelChoices')).toBeDefined();
  expect(await db.getAllKeys('settings')).not.toContain('tuning');
  for (const [store, entries] of Object.entries(old.stores))
    expect(await db.count(store as 'runs'), store).toBe(entries.length);
});

/** What is in no database of a run from scratch, in the shapes that version 3 kept. */
const RARE = {
  runs: [
    { id: 'r', config: { steps: 3 }, publishedId: 'm', model: { rmsNormEps: 1 } },
    { id: 'imported', model: {} },
  ],
  models: [{ id: 'm', model: { rmsNormEps: 2, layers: 1 } }],
  tokenizers: [
    { id: 'p', kind: 'published' },
    { id: 'b', kind: 'bpe' },
  ],
  checkpoints: [
    {
      id: 'c',
      runId: 'r',
      createdAt: 1,
      adapter: 'card',
      randomStates: {},
      model: {},
      kernelVariants: { 'matmul TN small': 'split32', 'matmul NT many': 'workgroup', 'matmul NN few': 'registers' },
    },
  ],
  settings: [
    {
      key: 'tuning',
      value: {
        card: { version: 1, at: 2, classes: [{ chosen: 'split32', trials: [{ variant: 'split32', flops: 1 }] }] },
      },
    },
  ],
};

test('pretrained models, their tokenizers, sliced kernels and choices by card are renamed too', async () => {
  const before = await openStorage('rare', MIGRATIONS.slice(0, 3));
  for (const [store, records] of Object.entries(RARE))
    for (const record of records) await before.put(store as 'runs', record as never);
  before.close();
  const db = await openStorage('rare');
  expect(await db.getAll('runs')).toEqual([
    { id: 'imported', model: {} },
    { id: 'r', settings: { steps: 3 }, pretrainedId: 'm', model: { normEps: 1 } },
  ]);
  expect(await db.getAll('models')).toEqual([{ id: 'm', model: { normEps: 2, layers: 1 } }]);
  expect((await db.getAll('tokenizers')).map(({ kind }) => kind)).toEqual(['bpe', 'pretrained']);
  expect(await db.get('checkpoints', 'c')).toEqual({
    id: 'c',
    runId: 'r',
    createdAt: 1,
    gpuName: 'card',
    model: {},
    kernelVariants: {
      'matmul TN small': 'sliced32',
      ...{ 'matmul NT small': 'workgroup', 'matmul NT middle': 'workgroup', 'matmul NT large': 'workgroup' },
      'matmul NN few': 'registers',
    },
  });
  const classes = [{ chosen: 'sliced32', trials: [{ variant: 'sliced32', flops: 1 }] }];
  expect(await db.getAll('settings')).toEqual([
    { key: 'kernelChoices', value: { card: { version: 1, at: 2, classes } } },
  ]);
});

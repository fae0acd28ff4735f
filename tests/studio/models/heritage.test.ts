// The model that a run says it comes from, also when the checkpoint that it began with is gone.
import { expect, test } from 'vitest';
import { defaultSettings } from '../../../src/base/settings/trainSettings';
import { saveCheckpoint } from '../../../src/storage/checkpoints';
import { addRun } from '../../../src/storage/runs';
import { heritageOf, learnedConversations, pretrainedOrigin } from '../../../src/studio/models/pretrained';
import { openWeights } from '../../../src/studio/models/weights';
import { draftOf, freshStorage, runOf, sourcesOf } from '../../storage/storage';
import { publishedModel } from './publishedModels';

test('a run knows the model that it comes from when the checkpoint that it began with is no longer kept', async () => {
  const db = await freshStorage();
  const base = await publishedModel(db);
  const shared = { model: base.model, tokenizerId: base.tokenizerId };
  const of = { kind: 'model', modelId: base.id, name: base.name } as const;
  expect(await heritageOf(db, await openWeights(db, base.id))).toEqual({ pretrainedId: base.id });

  const chat = { ...defaultSettings(), task: 'chat' as const };
  await addRun(db, runOf('first', { ...shared, origin: of, settings: chat }));
  const { id } = await saveCheckpoint(db, draftOf('first', 3, shared), sourcesOf(1), { run: {} });
  const heritage = await heritageOf(db, await openWeights(db, id));
  const origin = { kind: 'checkpoint', checkpointId: id, runName: 'first', step: 3 } as const;
  const second = runOf('second', { ...shared, origin, settings: defaultSettings(), ...heritage });
  await addRun(db, second);
  await db.delete('checkpoints', id); // pruned, as the first run went on
  expect((await pretrainedOrigin(db, second))?.chatTemplate).toBe(base.chatTemplate);
  expect(await learnedConversations(db, second)).toBe(true);
});

test('weights that were made here come from no model', async () => {
  const db = await freshStorage();
  await addRun(db, runOf('r', { settings: defaultSettings() }));
  const { id } = await saveCheckpoint(db, draftOf('r', 1, {}), sourcesOf(1), { run: {} });
  expect(await heritageOf(db, await openWeights(db, id))).toEqual({});
});

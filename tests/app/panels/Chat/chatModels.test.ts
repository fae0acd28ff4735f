import { checkpointSummary, later, pageOn, runRecord } from '../../fakes';
import { expect, test, vi } from 'vitest';
import { ChatModels } from '../../../../src/app/panels/Chat/chatModels.svelte';
import type { ChatModelFacts } from '../../../../src/base/chat';
import { AtelierError } from '../../../../src/base/errors/errors';
import type { DataApi } from '../../../../workers/data.api';

const FACTS: ChatModelFacts = { template: 'own', conversational: true, contextLength: 64, sampling: {} };

async function modelsOn(data: Partial<DataApi>) {
  const page = pageOn({
    listRuns: () => Promise.resolve([runRecord('a'), runRecord('b')]),
    speaker: () => Promise.resolve(FACTS),
    ...data,
  });
  await page.runs.connect();
  return { ...page, chatModels: new ChatModels(page) };
}

test('of a run the best checkpoint answers, else the newest', async () => {
  const listCheckpoints = vi.fn(() =>
    Promise.resolve([checkpointSummary('c1', { best: true }), checkpointSummary('c2', { step: 2 })]),
  );
  const { chatModels } = await modelsOn({ listCheckpoints });
  await chatModels.choose('a');
  expect([chatModels.target, chatModels.voices.map(({ weightsId }) => weightsId)]).toEqual(['c1', ['c1']]);
  listCheckpoints.mockResolvedValue([checkpointSummary('c3'), checkpointSummary('c4', { step: 2 })]);
  await chatModels.choose('b');
  expect(chatModels.target).toBe('c4');
});

test('a checkpoint that was deleted meanwhile gives way to another one', async () => {
  const listCheckpoints = vi.fn(() => Promise.resolve([checkpointSummary('c1')]));
  const { chatModels } = await modelsOn({ listCheckpoints });
  await chatModels.choose('a', 'c1');
  listCheckpoints.mockResolvedValue([checkpointSummary('c2')]);
  await chatModels.refresh();
  expect(chatModels.target).toBe('c2');
});

test('an answer about a run that is no longer chosen is dropped', async () => {
  const slow = later<ChatModelFacts>();
  const speaker = (id: string) => (id === 'a' ? slow.answer : Promise.resolve(FACTS));
  const { chatModels } = await modelsOn({ speaker });
  const first = chatModels.choose('a');
  await chatModels.choose('b');
  slow.give({ ...FACTS, contextLength: 1 });
  await first;
  expect([chatModels.runId, chatModels.facts?.contextLength]).toEqual(['b', 64]);
});

test('an adapter can be compared with its base model and with its other checkpoints', async () => {
  const lora = { baseId: 'base', baseName: 'Smol', rank: 8, precision: 'f32' };
  const { runs, chatModels } = await modelsOn({
    listCheckpoints: () => Promise.resolve([checkpointSummary('c1'), checkpointSummary('c2', { step: 2 })]),
  });
  runs.started(runRecord('a', { lora } as Parameters<typeof runRecord>[1]));
  await chatModels.choose('a');
  expect(chatModels.rivals.map(({ value }) => value)).toEqual(['bare', 'c1']);
  chatModels.comparing = true;
  expect(chatModels.voices.map(({ weightsId, bare }) => [weightsId, bare])).toEqual([
    ['c2', undefined],
    ['c2', true],
  ]);
  chatModels.against = 'c1';
  expect(chatModels.voices[1]?.weightsId).toBe('c1');
});

test('checkpoints that cannot be read leave their error', async () => {
  const { chatModels } = await modelsOn({
    listCheckpoints: () => Promise.reject(new AtelierError('compute-busy', {})),
  });
  await chatModels.choose('a');
  expect([chatModels.error?.code, chatModels.voices]).toEqual(['compute-busy', []]);
});

test('a run that began after the chosen one is named as newer, as soon as it can answer', async () => {
  const { runs, chatModels } = await modelsOn({
    listRuns: () => Promise.resolve([runRecord('a'), runRecord('b', { createdAt: 2, updatedAt: 0 })]),
    listCheckpoints: () => Promise.resolve([checkpointSummary('c1')]),
  });
  await chatModels.choose('a');
  expect(chatModels.newer?.id).toBe('b');
  runs.started(runRecord('c', { createdAt: 3, step: 0, status: 'failed' }));
  expect(chatModels.newer?.id).toBe('b');
  runs.started(runRecord('c', { createdAt: 3, step: 0, status: 'running' }));
  expect(chatModels.newer?.id).toBe('c');
  await chatModels.choose('c');
  expect(chatModels.newer).toBeUndefined();
});

import { checkpointSummary, later, pageOn, runRecord } from '../../fakes';
import { describe, expect, test, vi } from 'vitest';
import { answerFrom } from '../../../../src/app/panels/Chat/answerWords';
import { ChatModels } from '../../../../src/app/panels/Chat/chatModels.svelte';
import { Joining } from '../../../../src/app/panels/Chat/joining.svelte';
import { togetherIn } from '../../../../src/app/panels/Chat/talk';
import { Talks } from '../../../../src/app/panels/Chat/talks.svelte';
import type { ChatModelFacts, Sampling } from '../../../../src/base/chat';
import type { RunRecord } from '../../../../src/base/records/run';
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
  const talks = new Talks(page);
  return { ...page, talks, chatModels: new ChatModels({ ...page, talks }) };
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

describe('adapters of one base', () => {
  const lora = { baseId: 'base', baseName: 'Smol', baseSha256: 'hash', rank: 8, precision: 'f32' };
  const adapter = (id: string, others: object = {}): RunRecord =>
    runRecord(id, { name: `run ${id}`, lora: { ...lora, ...others } } as Partial<RunRecord>);

  async function adapters(data: Partial<DataApi> = {}) {
    const list = [adapter('a'), adapter('b', { baseId: 'again' }), adapter('c', { baseId: 'x', baseSha256: 'y' })];
    const page = await modelsOn({
      listRuns: () => Promise.resolve(list),
      listCheckpoints: (id) => Promise.resolve([checkpointSummary(`${id}1`, { runId: id })]),
      ...data,
    });
    await page.chatModels.choose('a');
    return page;
  }

  test('stand aside where a classifier is chosen, whatever shares the talk keeps', async () => {
    const classifier = adapter('d');
    const model = { ...classifier.model, classes: { names: ['calm', 'rough'] } };
    const { chatModels } = await adapters({
      listRuns: () => Promise.resolve([adapter('a'), adapter('b'), { ...classifier, model }]),
    });
    chatModels.share('b', 0.5);
    expect(chatModels.together).toHaveLength(2);
    await chatModels.choose('d');
    expect(chatModels.together).toBeUndefined();
  });

  test('answer together by the shares that the talk keeps; one of another base is not offered', async () => {
    const { chatModels, talks } = await adapters();
    expect(chatModels.addable.map(({ value }) => value)).toEqual(['b']);
    expect([chatModels.together, chatModels.voices[0]?.together]).toEqual([undefined, undefined]);
    chatModels.share('b', 1);
    chatModels.share('a', 0.7);
    chatModels.share('b', 0.45);
    expect(talks.open.together).toEqual({ weight: 0.7, others: [{ runId: 'b', weight: 0.45 }] });
    const [first] = chatModels.voices;
    expect(first).toMatchObject({
      weightsId: 'a1',
      together: [
        { weightsId: 'a1', weight: 0.7 },
        { weightsId: 'b1', weight: 0.45 },
      ],
    });
    const wrote = { from: first!.from, text: '', sampling: {} as Sampling };
    expect(answerFrom(wrote)).toBe('0.7 × run a + 0.45 × run b');
    expect(chatModels.rivals.map(({ value }) => value)).toEqual(['bare', 'alone', 'b1']);
    chatModels.comparing = true;
    chatModels.against = 'alone';
    expect(chatModels.voices[1]).toEqual({ weightsId: 'a1', from: { name: 'run a', step: 1, weightsId: 'a1' } });
    chatModels.leaveOut('b');
    chatModels.share('a', 1);
    expect([chatModels.together, chatModels.addable.length]).toEqual([undefined, 1]);
  });

  test('beside another base than the talk’s they are not taken, and come back with theirs', async () => {
    const { chatModels } = await adapters();
    chatModels.share('b', 0.5);
    await chatModels.choose('c');
    expect([chatModels.shares.map(({ runId }) => runId), chatModels.together]).toEqual([['c'], undefined]);
    await chatModels.choose('a');
    expect(chatModels.together?.map(({ weight }) => weight)).toEqual([1, 0.5]);
    await chatModels.choose('b'); // it is the chosen one now, and answers once
    expect(chatModels.shares.map(({ runId, weight }) => [runId, weight])).toEqual([['b', 1]]);
  });

  test('become one under a name that no run has; what went wrong is told and the name stays', async () => {
    const joinAdapters = vi.fn<DataApi['joinAdapters']>(() => Promise.reject(new AtelierError('together-nothing')));
    const page = await adapters({ joinAdapters });
    page.chatModels.share('b', 0.5);
    const joining = new Joining(page);
    joining.begin();
    expect(joining.name).toBe('run a + run b');
    await joining.save();
    expect([joining.job.error?.code, joining.name]).toEqual(['together-nothing', 'run a + run b']);
    joinAdapters.mockResolvedValue(adapter('d'));
    await joining.save();
    const chosen = [
      { weightsId: 'a1', weight: 1 },
      { weightsId: 'b1', weight: 0.5 },
    ];
    expect(joinAdapters.mock.lastCall?.slice(0, 2)).toEqual(['run a + run b', chosen]);
    expect([joining.job.error, joining.name]).toEqual([undefined, undefined]);
  });
});

test('a draft keeps the shares of adapters, and nothing else that stands in their place', () => {
  const together = { weight: 0.5, others: [{ runId: 'b', weight: 1.5 }] };
  expect(togetherIn(JSON.parse(JSON.stringify(together)))).toEqual(together);
  const others = [{ runId: 1, weight: 1 }, { runId: 'c', weight: 9 }, null, { runId: 'd', weight: 0 }];
  expect(togetherIn({ weight: 1, others })).toEqual({ weight: 1, others: [{ runId: 'd', weight: 0 }] });
  expect([togetherIn({ weight: -1, others }), togetherIn('x'), togetherIn({ weight: 1 })]).toEqual([
    undefined,
    undefined,
    { weight: 1, others: [] },
  ]);
});

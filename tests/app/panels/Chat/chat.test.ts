import { checkpointSummary, later, pageOn, runRecord, settle, untilAborted } from '../../fakes';
import { expect, test, vi } from 'vitest';
import { Chat } from '../../../../src/app/panels/Chat/chat.svelte';
import { ChatModels } from '../../../../src/app/panels/Chat/chatModels.svelte';
import { Talks } from '../../../../src/app/panels/Chat/talks.svelte';
import type { ChatModelFacts, Generated, PromptFacts } from '../../../../src/base/chat';
import { AtelierError } from '../../../../src/base/errors/errors';
import type { DataApi } from '../../../../workers/data.api';
import type { GpuApi } from '../../../../workers/gpu.api';

const FACTS: ChatModelFacts = { template: 'own', conversational: true, contextLength: 64, sampling: { topK: 7 } };
const generated = (text: string): Generated => ({
  ...{ text, pieces: [text], tokens: 1, promptMilliseconds: 1, milliseconds: 1, stoppedBy: 'end' },
  context: { capacity: 64, prompt: 1, read: 1, droppedMessages: 0, droppedTokens: 0 },
});

/** Chat with the only checkpoint of a run that knows conversations. */
async function chatOn(gpu: Partial<GpuApi>, data: Partial<DataApi> = {}) {
  const page = pageOn(
    {
      listRuns: () => Promise.resolve([runRecord('run')]),
      listCheckpoints: () => Promise.resolve([checkpointSummary('c')]),
      speaker: () => Promise.resolve(FACTS),
      ...data,
    },
    gpu,
  );
  await page.runs.connect();
  const talks = new Talks(page);
  const chatModels = new ChatModels(page);
  const chat = new Chat({ ...page, talks, chatModels });
  await chat.choose('run');
  return { ...page, talks, chatModels, chat };
}

test('what is typed is asked with exactly the sampling that is shown, and the answer is stored', async () => {
  const generate = vi.fn<GpuApi['generate']>((_request, onText) => {
    onText('Hel');
    onText('lo');
    return Promise.resolve(generated('Hello'));
  });
  const keepTalk = vi.fn<DataApi['keepTalk']>(() => Promise.resolve());
  const { chat, talks } = await chatOn({ generate }, { keepTalk });
  chat.set('temperature', 0.1);
  chat.prompt = 'Hi';
  const shown = { ...chat.sampling };
  await chat.send();
  expect(generate.mock.calls[0]?.[0]).toMatchObject({ weightsId: 'c', prompt: 'Hi', sampling: shown });
  expect(shown).toMatchObject({ temperature: 0.1, topK: 7 });
  await settle();
  expect([talks.open.turns[0]?.answers[0]?.text, chat.prompt, chat.busy]).toEqual(['Hello', '', false]);
  expect(keepTalk.mock.lastCall?.[0].turns[0]?.answers[0]?.text).toBe('Hello');
});

test('stop keeps what was written, and is no error', async () => {
  const generate = vi.fn<GpuApi['generate']>((_request, onText, signal) => {
    onText('Once');
    return untilAborted(signal);
  });
  const { chat, talks } = await chatOn({ generate });
  chat.prompt = 'Hi';
  const sending = chat.send();
  await settle();
  expect([chat.busy, chat.ready]).toEqual([true, false]);
  chat.stop();
  await sending;
  const answer = talks.open.turns[0]?.answers[0];
  expect([answer?.text, answer?.error, chat.busy]).toEqual(['Once', undefined, false]);
});

test('an answer that fails says why, and the next question is asked', async () => {
  const generate = vi.fn<GpuApi['generate']>(() => Promise.resolve(generated('yes')));
  generate.mockRejectedValueOnce(new AtelierError('compute-busy', {}));
  const { chat, talks } = await chatOn({ generate });
  for (const prompt of ['one', 'two']) {
    chat.prompt = prompt;
    await chat.send();
  }
  const [first, second] = talks.open.turns.map(({ answers }) => answers[0]);
  expect([first?.error?.code, second?.error, second?.text]).toEqual(['compute-busy', undefined, 'yes']);
  expect(generate.mock.lastCall?.[0].messages?.map(({ content }) => content)).toEqual(['two']);
});

test('the answer once more takes the place of the last, from another draw', async () => {
  let count = 0;
  const generate = vi.fn<GpuApi['generate']>(() => Promise.resolve(generated(`answer ${++count}`)));
  const { chat, talks } = await chatOn({ generate });
  chat.prompt = 'Hi';
  await chat.send();
  await chat.again();
  expect(talks.open.turns.map(({ answers }) => answers[0]?.text)).toEqual(['answer 2']);
  expect(generate.mock.calls.map(([{ sampling }]) => sampling.seed)).toEqual([1, 2]);
});

test('another question in place of one takes away what followed', async () => {
  const generate = vi.fn<GpuApi['generate']>(() => Promise.resolve(generated('yes')));
  const { chat, talks } = await chatOn({ generate });
  for (const prompt of ['one', 'two']) {
    chat.prompt = prompt;
    await chat.send();
  }
  await chat.edit(0, 'three');
  expect(talks.open.turns.map(({ prompt }) => prompt)).toEqual(['three']);
});

test('a cleared talk comes back with undo', async () => {
  const { chat, talks, toasts } = await chatOn({ generate: () => Promise.resolve(generated('yes')) });
  chat.prompt = 'Hi';
  await chat.send();
  talks.clear();
  expect(talks.open.turns).toEqual([]);
  await toasts.undo();
  expect(talks.open.turns.map(({ prompt }) => prompt)).toEqual(['Hi']);
});

test('the room of a run that is no longer chosen is dropped', async () => {
  const room = later<PromptFacts>();
  const { chat } = await chatOn({}, { promptRoom: () => room.answer });
  chat.prompt = 'Hi';
  const measuring = chat.measure();
  await chat.choose('other');
  room.give({ prompt: 3, capacity: 64, droppedMessages: 0 });
  await measuring;
  expect(chat.room).toBeUndefined();
});

test('a value set back to what the model asks for is no longer an override', async () => {
  const { chat } = await chatOn({});
  chat.set('topK', 9);
  expect([chat.sampling.topK, chat.overrides]).toEqual([9, { topK: 9 }]);
  chat.set('topK', 7);
  expect([chat.sampling.topK, chat.overrides]).toEqual([7, {}]);
});

test('a talk whose turns were all taken away comes back by undo, though it was deleted meanwhile', async () => {
  const calls: string[] = [];
  const told = (name: string) => (): Promise<void> => Promise.resolve(void calls.push(name));
  const keepTalk = (_talk: unknown, before: boolean): Promise<void> => told(`keep ${before}`)();
  const { chat, talks, toasts } = await chatOn(
    { generate: () => Promise.resolve(generated('Hello')) },
    { keepTalk, deleteTalk: told('delete'), restoreTalk: told('restore') },
  );
  chat.prompt = 'Hi';
  await chat.send();
  await settle();
  calls.length = 0;
  talks.clear();
  await settle();
  await toasts.undo();
  expect(calls).toEqual(['delete', 'restore', 'keep true']);
});

test('what is typed and not sent is there after a reload, as far as it is still what it should be', async () => {
  const { chat, talks } = await chatOn({});
  chat.prompt = 'Dear';
  chat.stops = 'END';
  chat.set('temperature', 1.5);
  chat.typedIn('topK', 'many');
  talks.open.system = 'Be brief.';
  const after = await chatOn({}, { listTalks: () => Promise.resolve([]) });
  after.chat.restore(JSON.parse(JSON.stringify(chat.draft)));
  await after.talks.load();
  expect([after.chat.prompt, after.chat.stops, after.talks.open.system]).toEqual(['Dear', 'END', 'Be brief.']);
  expect([after.chat.sampling.temperature, after.chat.typed]).toEqual([1.5, { topK: 'many' }]);
  after.chat.restore({
    prompt: 3,
    overrides: { temperature: 99, topK: 1.5, seed: 4, style: 'x' },
    typed: { style: 'x' },
  });
  expect([after.chat.prompt, after.chat.overrides, after.chat.typed]).toEqual(['', { seed: 4 }, {}]);
});

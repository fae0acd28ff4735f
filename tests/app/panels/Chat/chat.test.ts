import { checkpointSummary, later, pageOn, runRecord, settle, untilAborted } from '../../fakes';
import { expect, test, vi } from 'vitest';
import { Chat } from '../../../../src/app/panels/Chat/chat.svelte';
import { ChatModels } from '../../../../src/app/panels/Chat/chatModels.svelte';
import { Talks } from '../../../../src/app/panels/Chat/talks.svelte';
import { DEFAULT_SAMPLING, type ChatModelFacts, type Generated, type PromptFacts } from '../../../../src/base/chat';
import type { TalkRecord } from '../../../../src/base/records/talk';
import { AtelierError } from '../../../../src/base/errors/errors';
import type { DataApi } from '../../../../workers/data.api';
import type { GpuApi } from '../../../../workers/gpu.api';

const FACTS: ChatModelFacts = { template: 'own', conversational: true, contextLength: 64, sampling: { topK: 7 } };
const generated = (text: string): Generated => ({
  ...{ text, pieces: [text], tokens: 1, promptMilliseconds: 1, milliseconds: 1, stoppedBy: 'end' },
  context: { capacity: 64, prompt: 1, read: 1, droppedMessages: 0, droppedTokens: 0 },
});

/** Chat with the only checkpoint of a run that knows conversations. */
async function chatOn(gpu: Partial<GpuApi>, data: Partial<DataApi> = {}, drawSeed = () => 1) {
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
  const chatModels = new ChatModels({ ...page, talks });
  const chat = new Chat({ ...page, talks, chatModels }, drawSeed);
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

test('what is sent while the model is being read waits for it; what is sent during an answer stays typed', async () => {
  const generate = vi.fn<GpuApi['generate']>((_request, _onText, signal) => untilAborted(signal));
  const facts = later<ChatModelFacts>();
  const read = vi.fn<DataApi['speaker']>(() => Promise.resolve(FACTS));
  const { chat } = await chatOn({ generate }, { speaker: read });
  read.mockImplementation(() => facts.answer);
  const chosen = chat.choose('run');
  chat.prompt = ' ';
  await chat.send();
  expect([chat.wanted, chat.waits]).toEqual([false, true]);
  chat.prompt = 'Hi';
  await chat.send();
  expect([chat.wanted, chat.waits, chat.prompt, generate.mock.calls.length]).toEqual([true, true, 'Hi', 0]);
  facts.give(FACTS);
  await chosen;
  expect(chat.waits).toBe(false);

  const answered = chat.send();
  chat.prompt = 'And you?';
  await chat.send();
  expect([chat.wanted, chat.refused, chat.prompt, generate.mock.calls.length]).toEqual([false, true, 'And you?', 1]);
  chat.stop();
  await answered;
  expect([chat.refused, chat.prompt]).toEqual([false, 'And you?']);
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
  const { chat, talks } = await chatOn({ generate }, {}, () => count);
  chat.prompt = 'Hi';
  await chat.send();
  await chat.again();
  expect(talks.open.turns.map(({ answers }) => answers[0]?.text)).toEqual(['answer 2']);
  expect(generate.mock.calls.map(([{ sampling }]) => sampling.seed)).toEqual([0, 1]);
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

test('each answer draws with a new seed, which it keeps; a fixed one is that of the last answer', async () => {
  const generate = vi.fn<GpuApi['generate']>(() => Promise.resolve(generated('yes')));
  const seeds = [41, 42, 43];
  const { chat, talks } = await chatOn({ generate }, {}, () => seeds.shift()!);
  const ask = async (): Promise<void> => {
    chat.prompt = 'Hi';
    await chat.send();
  };
  await ask();
  await chat.again();
  expect(chat.seedFixed).toBe(false);
  chat.fixSeed(true);
  expect([chat.seedFixed, chat.sampling.seed]).toEqual([true, 42]);
  await ask();
  await chat.again();
  chat.set('seed', 1); // what the studio has as its default is a fixed seed, too
  await ask();
  chat.fixSeed(false);
  await ask();
  expect(generate.mock.calls.map(([{ sampling }]) => sampling.seed)).toEqual([41, 42, 42, 43, 1, 43]);
  expect(talks.open.turns.map(({ answers }) => answers[0]?.sampling.seed)).toEqual([42, 43, 1, 43]);
});

test('a turn keeps the system prompt that it was asked with, and an answer the weights that wrote it', async () => {
  const { chat, talks, runs } = await chatOn({ generate: () => Promise.resolve({ ...generated('yes'), step: 4 }) });
  talks.open.system = 'Be brief.';
  chat.prompt = 'Hi';
  await chat.send();
  talks.open.system = '';
  runs.started(runRecord('run', { status: 'running' }));
  await chat.choose('run');
  chat.prompt = 'Hi';
  await chat.send();
  const [stored, trained] = talks.open.turns;
  expect([stored?.system, trained?.system]).toEqual(['Be brief.', undefined]);
  expect(stored?.answers[0]?.from).toMatchObject({ weightsId: 'c' });
  expect(trained?.answers[0]?.from).toEqual({ name: 'run', step: 4, runId: 'run' });
});

test('an answer that a run delays says for which step it waits; its end is told once', async () => {
  const answer = later<Generated>();
  const { chat, runs } = await chatOn({ generate: () => answer.answer });
  runs.started(runRecord('other', { status: 'running', step: 7 }));
  expect(chat.waitsFor).toBeUndefined();
  chat.prompt = 'Hi';
  const sending = chat.send();
  expect(chat.waitsFor).toEqual({ name: 'other', step: 8 });
  runs.started(runRecord('other', { status: 'paused', step: 8 }));
  expect(chat.waitsFor).toBeUndefined();
  expect(chat.ended).toBeUndefined();
  answer.give(generated('yes'));
  await sending;
  expect(chat.ended).toMatchObject({ tokens: 1, stoppedBy: 'end' });
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
  talks.undoably(
    () => 'gone',
    (talk) => (talk.turns = []),
  );
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

test('a reload opens the talk that was open, though another was written later', async () => {
  const answers: TalkRecord['turns'][0]['answers'] = [
    { from: { name: 'm' }, text: 'Yes.', sampling: DEFAULT_SAMPLING },
  ];
  const stored = ['new', 'old'].map((id, i) => ({
    ...{ id, name: id, createdAt: 1, updatedAt: 2 - i, system: '' },
    turns: [{ mode: 'chat' as const, prompt: id, answers, goesOn: 0 }],
  }));
  const listTalks = (): Promise<TalkRecord[]> => Promise.resolve(stored);
  const { chat, talks } = await chatOn({}, { listTalks });
  await talks.load();
  talks.choose('old');
  const after = await chatOn({}, { listTalks });
  after.chat.restore(JSON.parse(JSON.stringify(chat.draft)));
  await after.talks.load();
  expect(after.talks.open.turns[0]?.prompt).toBe('old');
});

// A talk with tools: what is typed, asked, read and kept. The code: src/app/panels/Chat/chat.svelte.ts, typedTools.ts, talk.ts.
import { checkpointSummary, pageOn, runRecord, settle } from '../../fakes';
import { expect, test, vi } from 'vitest';
import { Chat } from '../../../../src/app/panels/Chat/chat.svelte';
import { ChatModels } from '../../../../src/app/panels/Chat/chatModels.svelte';
import { messagesOf, transcript } from '../../../../src/app/panels/Chat/talk';
import { Talks } from '../../../../src/app/panels/Chat/talks.svelte';
import { EXAMPLE_TOOLS, typedTools } from '../../../../src/app/panels/Chat/typedTools';
import { DEFAULT_SAMPLING, type ChatModelFacts, type Generated } from '../../../../src/base/chat';
import type { CallFormat } from '../../../../src/base/callFormat';
import { toolName } from '../../../../src/base/conversation';
import type { Turn } from '../../../../src/base/records/talk';
import type { GpuApi } from '../../../../workers/gpu.api';

const calls: CallFormat = {
  kind: 'object',
  name: 'name',
  arguments: 'arguments',
  open: '<tool_call>',
  close: '</tool_call>',
};
const FACTS: ChatModelFacts = {
  ...{ template: 'own', conversational: true, contextLength: 64, sampling: {} },
  ...{ writesTools: true, reading: { calls } },
};
const generated = (text: string): Generated => ({
  ...{ text, pieces: [text], tokens: 1, promptMilliseconds: 1, milliseconds: 1, stoppedBy: 'end' },
  context: { capacity: 64, prompt: 1, read: 1, droppedMessages: 0, droppedTokens: 0 },
});
const CALL =
  '<think>\nHm.\n</think>\n\n<tool_call>\n{"name": "get_weather", "arguments": {"place": "Emden"}}\n</tool_call>';

async function chatSaying(...texts: string[]) {
  const generate = vi.fn<GpuApi['generate']>((_request, onText) => {
    const text = texts.shift()!;
    onText(text);
    return Promise.resolve(generated(text));
  });
  const page = pageOn(
    {
      listRuns: () => Promise.resolve([runRecord('run')]),
      listCheckpoints: () => Promise.resolve([checkpointSummary('c')]),
      speaker: () => Promise.resolve(FACTS),
    },
    { generate },
  );
  await page.runs.connect();
  const talks = new Talks(page);
  const chatModels = new ChatModels({ ...page, talks });
  const chat = new Chat({ ...page, talks, chatModels }, () => 1);
  await chat.choose('run');
  talks.open.tools = EXAMPLE_TOOLS;
  return { page, talks, chatModels, chat, generate };
}

test('a call waits for what its tool gives back, and the model goes on from that', async () => {
  const { chat, talks, generate } = await chatSaying(CALL, 'Rain.', 'Rain again.', 'Sun.');
  chat.prompt = 'How is it in Emden?';
  await chat.send();
  expect(generate.mock.lastCall?.[0].tools).toEqual(JSON.parse(EXAMPLE_TOOLS));
  expect(chat.waitingCalls).toEqual([{ name: 'get_weather', arguments: { place: 'Emden' } }]);
  expect(talks.open.turns[0]!.answers[0]!.thoughtMilliseconds).toBeGreaterThanOrEqual(0);
  chat.toolAnswers[0] = '{"sky": "rain"}';
  await chat.answerCalls();
  expect(generate.mock.lastCall?.[0].messages).toEqual([
    { role: 'user', content: 'How is it in Emden?' },
    {
      role: 'assistant',
      content: '<think>\nHm.\n</think>',
      toolCalls: [{ id: 'call00000', name: 'get_weather', arguments: { place: 'Emden' } }],
    },
    { role: 'tool', content: '{"sky": "rain"}', name: 'get_weather', toolCallId: 'call00000' },
  ]);
  expect([chat.waitingCalls, chat.toolAnswers, talks.open.turns.length]).toEqual([[], [], 2]);
  await chat.again();
  expect(generate.mock.lastCall?.[0].messages).toHaveLength(3);
  chat.retypeResults(1);
  expect([chat.toolAnswers, talks.open.turns.length]).toEqual([['{"sky": "rain"}'], 1]);
  expect(chat.waitingCalls).toHaveLength(1);
  chat.prompt = 'Never mind.';
  await chat.send();
  expect(generate.mock.lastCall?.[0].messages?.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
});

test('what was typed and the tools outlive a reload, in the draft and in the stored talk', async () => {
  const { page, chat, talks, chatModels } = await chatSaying(CALL);
  const again = () => {
    const after = new Talks(page);
    const chatAfter = new Chat({ ...page, talks: after, chatModels });
    chatAfter.restore(JSON.parse(JSON.stringify(chat.draft)));
    return { after, chatAfter };
  };
  expect(again().after.open.tools).toBe(EXAMPLE_TOOLS);
  chat.prompt = 'a';
  await chat.send();
  chat.toolAnswers[0] = 'half-typed';
  await settle();
  expect(again().chatAfter.toolAnswers).toEqual(['half-typed']);
  const stored = JSON.parse(JSON.stringify(talks.open)) as typeof talks.open;
  expect([stored.tools, stored.turns[0]!.tools?.length, stored.turns[0]!.answers[0]!.reading]).toEqual([
    ...[EXAMPLE_TOOLS, 1, { calls }],
  ]);
  talks.begin();
  expect([talks.open.tools, talks.open.turns]).toEqual([EXAMPLE_TOOLS, []]);
});

test.each([
  ['tools', { tools: EXAMPLE_TOOLS }],
  ['shares of adapters', { together: { weight: 0.5, others: [] } }],
])('a talk that has %s alone is not left for a stored one after a reload', async (_what, begun) => {
  const { page, chat, talks, chatModels } = await chatSaying();
  talks.open.tools = '';
  Object.assign(talks.open, begun);
  const stored = { id: 'old', name: 'Old', createdAt: 1, updatedAt: 1, system: '', turns: [] };
  const after = new Talks({ ...page, data: { ...page.data, listTalks: () => Promise.resolve([stored]) } });
  new Chat({ ...page, talks: after, chatModels }).restore(JSON.parse(JSON.stringify(chat.draft)));
  await after.load();
  expect(after.open).toMatchObject(begun);
});

test('nothing is sent while the tools are not valid, and a text needs none', async () => {
  const { chat, talks, generate } = await chatSaying('Once');
  talks.open.tools = '[{"name": "a"},]';
  chat.prompt = 'a';
  await chat.send();
  expect([chat.ready, generate.mock.calls.length, chat.prompt]).toEqual([false, 0, 'a']);
  chat.mode = 'text';
  await chat.send();
  expect([generate.mock.lastCall?.[0].tools, talks.open.turns[0]!.answers[0]!.reading]).toEqual([undefined, undefined]);
});

test.each([
  ['{\n"a": 1,\n}', { fault: { kind: 'json', line: 3 } }],
  ['', { fault: { kind: 'json', line: 1 } }],
  ['[]', { fault: { kind: 'none' } }],
  ['3', { fault: { kind: 'name', number: 1 } }],
  ['[{"name": "a"}, {"function": {"name": ""}}]', { fault: { kind: 'name', number: 2 } }],
  ['{"tools": [{"name": "a"}]}', { tools: [{ type: 'function', function: { name: 'a' } }] }],
  ['{"type": "function", "function": {"name": "a"}}', { tools: [{ type: 'function', function: { name: 'a' } }] }],
  ['{"__proto__": {"name": "a"}}', { fault: { kind: 'name', number: 1 } }],
])('tools typed as %j', (text, expected) => {
  expect(typedTools(text)).toEqual(expected);
});

test('a copied talk has its calls and what they gave back', () => {
  const answer = (text: string) => ({ from: { name: 'm' }, text, reading: { calls }, sampling: DEFAULT_SAMPLING });
  const turns: Turn[] = [
    { mode: 'chat', prompt: 'a', answers: [answer(CALL)], goesOn: 0 },
    {
      mode: 'chat',
      prompt: '',
      results: [{ name: 'get_weather', content: 'rain' }],
      answers: [answer('Rain.')],
      goesOn: 0,
    },
  ];
  const copied = transcript({ system: '', turns }, (role) => role);
  expect(copied).toContain('"arguments": {"place": "Emden"}');
  expect(copied).toContain('tool: get_weather: rain\n\nassistant: Rain.');
  expect(messagesOf({ system: '', turns }, 'b').map(({ role }) => role)).toEqual([
    ...['user', 'assistant', 'tool', 'assistant', 'user'],
  ]);
});

test.each([
  [{ type: 'function', function: { name: 'a' } }, 'a'],
  [{ name: 'b' }, 'b'],
  [{ function: null, name: 'c' }, 'c'],
  [{ type: 'function', function: {} }, ''],
])('the name of the tool %j', (tool, name) => {
  expect(toolName(tool)).toBe(name);
});

import { checkpointSummary, later, pageOn } from '../../fakes';
import { expect, test, vi } from 'vitest';
import { OpenToken } from '../../../../src/app/panels/Chat/openToken.svelte';
import { Talks } from '../../../../src/app/panels/Chat/talks.svelte';
import { DEFAULT_SAMPLING, type Generated } from '../../../../src/base/chat';
import type { Answer, Turn } from '../../../../src/base/records/talk';
import type { Alternatives } from '../../../../src/base/wire/requests';
import type { DataApi } from '../../../../workers/data.api';
import type { GpuApi } from '../../../../workers/gpu.api';

const result: Omit<Generated, 'text'> = {
  ...{ pieces: ['a', 'b', 'c'], tokens: 3, promptMilliseconds: 1, milliseconds: 1, stoppedBy: 'end' },
  context: { capacity: 64, prompt: 1, read: 1, droppedMessages: 0, droppedTokens: 0 },
  trace: { ids: [4, 5, 6], maxTokens: 9, promptHash: 7 },
};
const answer = (from: Partial<Answer['from']>): Answer => ({
  ...{ text: 'abc', sampling: DEFAULT_SAMPLING, result },
  from: { name: 'run', ...from },
});
const turn = (prompt: string, from: Partial<Answer['from']>, given: Partial<Turn> = {}): Turn => ({
  ...{ mode: 'chat', prompt, answers: [answer(from)], goesOn: 0 },
  ...given,
});
const chance = (id: number) => ({ id, text: 'x', partial: false, bytes: 1, probability: 0.5, rank: 1 });
const found = (id: number): Alternatives => ({ drawn: chance(id), likeliest: [chance(id)] });

function tokenOn(turns: Turn[], alternatives: GpuApi['alternatives'], data: Partial<DataApi> = {}) {
  const page = pageOn(data, { alternatives });
  const talks = new Talks(page);
  talks.open.turns = turns;
  talks.open.system = 'changed since';
  return new OpenToken({ ...page, talks });
}
const asked = () => vi.fn<GpuApi['alternatives']>(({ at }) => Promise.resolve(found(at)));

test('a token is asked about with what its answer was asked with, by the weights that wrote it', async () => {
  const alternatives = asked();
  const turns = [
    turn('one', { weightsId: 'c' }, { system: 'Be brief.' }),
    turn('two', { weightsId: 'c', bare: true }),
    turn('once', { weightsId: 'm' }, { mode: 'text' }),
  ];
  const token = tokenOn(turns, alternatives);
  await token.open({ turn: 1, answer: 0, at: 2 });
  const [request] = alternatives.mock.lastCall!;
  expect(request).toMatchObject({ weightsId: 'c', bare: true, trace: result.trace, at: 2 });
  expect(request.messages?.map(({ content }) => content)).toEqual(['one', 'abc', 'two']);
  expect([token.found?.drawn.id, token.count]).toEqual([2, 3]);
  await token.open({ turn: 0, answer: 0, at: 0 });
  expect(alternatives.mock.lastCall![0].messages?.[0]).toEqual({ role: 'system', content: 'Be brief.' });
  await token.open({ turn: 2, answer: 0, at: 0 });
  expect(alternatives.mock.lastCall![0]).toEqual({ weightsId: 'm', prompt: 'once', trace: result.trace, at: 0 });
});

test('steps stay within the answer, and what is known is not computed again', async () => {
  const alternatives = asked();
  const token = tokenOn([turn('one', { weightsId: 'c' })], alternatives);
  await token.open({ turn: 0, answer: 0, at: 1 });
  for (const by of [1, 1, -1, -1, -1, 1]) await token.step(by);
  expect([token.place?.at, alternatives.mock.calls.map(([{ at }]) => at)]).toEqual([1, [1, 2, 0]]);
});

test('an answer of weights that were being trained is read with the checkpoint of that step, or says that there is none', async () => {
  const alternatives = asked();
  const listCheckpoints = () => Promise.resolve([checkpointSummary('c8', { step: 8 })]);
  const turns = [turn('one', { runId: 'run', step: 8 }), turn('two', { runId: 'run', step: 9 })];
  const token = tokenOn(turns, alternatives, { listCheckpoints });
  await token.open({ turn: 0, answer: 0, at: 0 });
  expect(alternatives.mock.lastCall![0].weightsId).toBe('c8');
  await token.open({ turn: 1, answer: 0, at: 0 });
  expect([token.error?.code, token.error?.facts]).toEqual(['answer-weights-gone', { name: 'run', step: 9 }]);
});

test('what comes after another token was opened, or after the card was closed, is dropped', async () => {
  const slow = later<Alternatives>();
  const signals: AbortSignal[] = [];
  const token = tokenOn([turn('one', { weightsId: 'c' })], ({ at }, signal) => {
    signals.push(signal);
    return at === 0 ? slow.answer : Promise.resolve(found(at));
  });
  const first = token.open({ turn: 0, answer: 0, at: 0 });
  await token.open({ turn: 0, answer: 0, at: 1 });
  slow.give(found(0));
  await first;
  expect([token.found?.drawn.id, signals.map(({ aborted }) => aborted)]).toEqual([1, [true, false]]);
  token.close();
  expect([token.place, token.found, signals[1]?.aborted]).toEqual([undefined, undefined, true]);
});

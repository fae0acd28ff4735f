import { pageOn, settle } from '../../fakes';
import { expect, test, vi } from 'vitest';
import { Talks } from '../../../../src/app/panels/Chat/talks.svelte';
import { DEFAULT_SAMPLING } from '../../../../src/base/chat';
import type { TalkRecord } from '../../../../src/base/records/talk';
import type { DataApi } from '../../../../workers/data.api';

const talk = (id: string, prompt: string, given: Partial<TalkRecord> = {}): TalkRecord => ({
  ...{ id, name: prompt, createdAt: 1, updatedAt: 1, system: '' },
  turns: [
    { mode: 'chat', prompt, answers: [{ from: { name: 'm' }, text: 'yes', sampling: DEFAULT_SAMPLING }], goesOn: 0 },
  ],
  ...given,
});

async function talksOn(records: TalkRecord[], data: Partial<DataApi> = {}) {
  const page = pageOn({ listTalks: () => Promise.resolve(records), ...data });
  const talks = new Talks(page);
  await talks.load();
  return { ...page, talks };
}

test('a name that a person gave stays when the talk goes on; undo gives it the one that it began with', async () => {
  const keepTalk = vi.fn<DataApi['keepTalk']>(() => Promise.resolve());
  const { talks, toasts } = await talksOn([talk('a', 'Hello', { updatedAt: 2 }), talk('b', 'Bye')], { keepTalk });
  await talks.rename(talks.list[0]!, 'Greetings');
  expect([talks.open.name, talks.list[0]?.name, keepTalk.mock.lastCall?.[0].name]).toEqual(Array(3).fill('Greetings'));
  await talks.save();
  expect(keepTalk.mock.lastCall?.[0]).toMatchObject({ name: 'Greetings', renamed: true });
  await toasts.undo();
  expect(keepTalk.mock.lastCall?.[0]).not.toHaveProperty('renamed');
  talks.open.turns[0]!.prompt = 'Good morning';
  await talks.save();
  expect(talks.list[0]?.name).toBe('Good morning');
  await talks.rename(talks.list[1]!, 'Farewell'); // one that is not open
  expect([talks.open.id, talks.list[1]?.name]).toEqual(['a', 'Farewell']);
});

test('a deleted talk leaves the list and comes back by undo, open again where it was open', async () => {
  const deleteTalk = vi.fn(() => Promise.resolve());
  const restoreTalk = vi.fn(() => Promise.resolve());
  const records = [talk('a', 'Hello', { updatedAt: 2 }), talk('b', 'Bye')];
  const { talks, toasts } = await talksOn(records, { deleteTalk, restoreTalk });
  await talks.remove(talks.list[1]!);
  expect([talks.open.id, talks.list.map(({ id }) => id)]).toEqual(['a', ['a']]);
  await talks.remove(talks.list[0]!);
  expect([talks.open.turns, talks.list]).toEqual([[], []]);
  await toasts.undo();
  expect([talks.open.id, talks.list.map(({ id }) => id)]).toEqual(['a', ['a']]);
  await toasts.undo();
  expect([talks.open.id, talks.list.map(({ id }) => id)]).toEqual(['a', ['a', 'b']]);
  expect([deleteTalk.mock.calls, restoreTalk.mock.calls]).toEqual([
    [['b'], ['a']],
    [['a'], ['b']],
  ]);
});

test.each([
  ['a', 'a'],
  ['b', 'b'],
  ['gone', 'a'],
  [undefined, 'a'],
])('a reload opens the talk that was open (%s), or the latest: %s', async (preferred, opened) => {
  const records = [talk('a', 'Hello', { updatedAt: 2 }), talk('b', 'Bye')];
  const talks = new Talks(pageOn({ listTalks: () => Promise.resolve(records) }));
  talks.prefer(preferred);
  await talks.load();
  expect(talks.open.id).toBe(opened);
});

test('a talk that could not be deleted stays', async () => {
  const { talks, toasts } = await talksOn([talk('a', 'Hello')], {
    deleteTalk: () => Promise.reject(new Error('full')),
  });
  expect(await talks.remove(talks.list[0]!)).toBe(false);
  await settle();
  expect([talks.open.id, talks.list.length, toasts.list.at(-1)?.tone]).toEqual(['a', 1, 'bad']);
});

import { later, pageOn, settle } from '../fakes';
import { expect, test, vi } from 'vitest';
import type { LastSeen } from '../../../src/app/browser/sentinel';
import { calling, hearingSaves, lossOf, LostStorage } from '../../../src/app/state/lostStorage.svelte';
import { AtelierError } from '../../../src/base/errors/errors';
import type { RunEvent } from '../../../src/base/wire/events';
import type { StoredCounts, StoredSummary } from '../../../src/base/wire/machine';
import type { DataApi } from '../../../workers/data.api';

const SEEN: LastSeen = { schema: 4, runs: 3, texts: 2, models: 1, savedAt: 99, unreadable: 0 };
const stored = (counts: Partial<StoredCounts>, given: Partial<StoredSummary> = {}): StoredSummary => {
  const all = { runs: 0, texts: 0, models: 0, ...counts };
  return { schema: 4, ...all, records: all, unreadable: 0, ...given };
};

function lostOn(seen: LastSeen | undefined, atStart: () => Promise<StoredSummary>, now = atStart) {
  const page = pageOn({ storedAtStart: atStart, storedNow: now });
  const written: LastSeen[] = [];
  const lost = new LostStorage({
    ...page,
    readLastSeen: () => seen,
    writeLastSeen: (value) => void written.push(value),
    forgetLastSeen: () => undefined,
  });
  return { lost, written };
}
const give =
  (summary: StoredSummary): (() => Promise<StoredSummary>) =>
  () =>
    Promise.resolve(summary);

test.each([
  ['a first visit', undefined, stored({}), undefined],
  ['all is there', SEEN, stored({ runs: 3, texts: 2, models: 1 }), undefined],
  ['more is there', SEEN, stored({ runs: 4, texts: 2, models: 1 }), undefined],
  ['all is gone', SEEN, stored({}), 'all'],
  ['a run is gone', SEEN, stored({ runs: 2, texts: 2, models: 1 }), 'part'],
  ['the models are gone', SEEN, stored({ runs: 3, texts: 2 }), 'part'],
  [
    'a delete that was not written down',
    SEEN,
    stored({ runs: 2, texts: 2, models: 1 }, { records: { runs: 3, texts: 2, models: 1 } }),
    undefined,
  ],
  ['a record cannot be read', SEEN, stored({ runs: 2, texts: 2, models: 1 }, { unreadable: 1 }), 'unreadable'],
  ['without a sentinel too', undefined, stored({ runs: 2 }, { unreadable: 1 }), 'unreadable'],
  [
    'a record that cannot be read was told before',
    { ...SEEN, runs: 2, unreadable: 1 },
    stored({ runs: 2, texts: 2, models: 1 }, { unreadable: 1 }),
    undefined,
  ],
])('%s', (_what, seen, now, how) => expect(lossOf(seen, now)?.how).toBe(how));

test('what was last seen is not written over until the loss was read', async () => {
  const { lost, written } = lostOn(SEEN, give(stored({})));
  expect(lost.checked).toBe(false);
  await lost.start();
  expect([lost.checked, lost.loss?.how, lost.loss?.seen]).toEqual([true, 'all', SEEN]);
  await lost.note();
  expect(written).toEqual([]);
  lost.read();
  await settle();
  expect([lost.loss, written[0]?.runs]).toEqual([undefined, 0]);
});

test('a storage that does not open says what was last seen, which stands for the next start', async () => {
  const failing = (): Promise<never> => Promise.reject(new AtelierError('storage-unopened', { detail: 'x' }));
  const { lost, written } = lostOn(SEEN, failing);
  await lost.start();
  expect([lost.loss?.how, lost.loss?.error?.code]).toEqual(['unopened', 'storage-unopened']);
  lost.read();
  await settle();
  expect(written).toEqual([]);
  const empty = lostOn({ ...SEEN, runs: 0, texts: 0, models: 0 }, failing);
  await empty.lost.start();
  expect([empty.lost.loss, empty.lost.checked]).toEqual([undefined, true]);
});

test('calls that change what is stored are followed by a note, also those that fail', async () => {
  const answer = later<undefined>();
  const note = vi.fn();
  const data = calling(
    { deleteRun: () => answer.answer, listRuns: () => Promise.resolve([]) } as Partial<DataApi> as DataApi,
    ['deleteRun'],
    note,
  );
  await data.listRuns();
  const deleting = data.deleteRun('r');
  expect(note).not.toHaveBeenCalled();
  answer.fail(new AtelierError('run-missing'));
  await expect(deleting).rejects.toMatchObject({ code: 'run-missing' });
  expect(note).toHaveBeenCalledTimes(1);
});

test('each save is followed by a note, and is heard as before', async () => {
  let tell: (events: RunEvent[]) => void = () => undefined;
  const { gpu } = pageOn({}, { subscribe: (listener) => Promise.resolve(void (tell = listener)) });
  const [note, heard] = [vi.fn(), vi.fn()];
  await hearingSaves(gpu, note).subscribe(heard);
  tell([{ type: 'saving', runId: 'r', step: 1 }]);
  expect(note).not.toHaveBeenCalled();
  tell([{ type: 'saved', runId: 'r', checkpoint: {} as never }]);
  expect([heard.mock.calls.length, note.mock.calls.length]).toEqual([2, 1]);
});

test('what changes while the storage is being looked at is written down too', async () => {
  const first = later<StoredSummary>();
  const answers = [() => first.answer, give(stored({ runs: 1 }))];
  const { lost, written } = lostOn(undefined, give(stored({})), () => answers.shift()!());
  const looking = lost.note();
  const again = lost.note(); // a run was deleted meanwhile
  first.give(stored({ runs: 2 }));
  await Promise.all([looking, again]);
  expect(written.at(-1)?.runs).toBe(1);
});

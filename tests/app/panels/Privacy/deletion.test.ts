import { pageOn } from '../../fakes';
import { expect, test } from 'vitest';
import { Deletion } from '../../../../src/app/panels/Privacy/deletion.svelte';
import { AtelierError } from '../../../../src/base/errors/errors';

/** Everything that is done, in order. */
function deletionOn(fails?: AtelierError) {
  const done: string[] = [];
  const does = (name: string) => (): Promise<void> => Promise.resolve(void done.push(name));
  const deleteEverything = (): Promise<void> => (fails ? Promise.reject(fails) : does('delete')());
  const page = pageOn({ deleteEverything }, { forgetModels: does('free the device') });
  const deletion = new Deletion({
    ...page,
    lostStorage: { forget: () => void does('forget')(), note: does('note') },
    forgetSettings: () => void does('settings')(),
    restart: () => void does('restart')(),
  });
  return { deletion, done };
}

test('deleting everything frees the device, and what is deleted on purpose is not missed', async () => {
  const { deletion, done } = deletionOn();
  await deletion.remove();
  expect(done).toEqual(['free the device', 'forget', 'delete', 'settings', 'restart']);
});

test('where it is refused, what is stored is written down again', async () => {
  const { deletion, done } = deletionOn(new AtelierError('run-training', { name: 'r' }));
  await deletion.remove();
  expect([done, deletion.task.error?.code]).toEqual([['free the device', 'forget', 'note'], 'run-training']);
});

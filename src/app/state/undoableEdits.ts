// Rename and delete with an undo, for every kind of stored thing.
import { m } from '../words/generated/messages.js';
import { toasts } from './toasts.svelte';

/** Renames a stored thing; the toast, or Ctrl+Z, gives it its former name back. */
export async function renameWithUndo(
  before: string,
  name: string,
  write: (name: string) => Promise<void>,
): Promise<void> {
  await write(name).then(
    () =>
      toasts.undoable(
        () => m.data_renamed({ name }),
        () => write(before),
      ),
    (thrown: unknown) => toasts.fail(thrown),
  );
}

/** Deletes a stored thing; the toast, or Ctrl+Z, brings it back. False when it could not be deleted. */
export async function removeWithUndo(
  name: string,
  remove: () => Promise<void>,
  restore: () => Promise<void>,
): Promise<boolean> {
  try {
    await remove();
    toasts.undoable(() => m.data_deleted({ name }), restore);
    return true;
  } catch (thrown) {
    toasts.fail(thrown);
    return false;
  }
}

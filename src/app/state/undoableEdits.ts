// Rename and delete with an undo, for every kind of stored thing.
import { m } from '../words/generated/messages.js';
import type { Toasts } from './toasts.svelte';

export class UndoableEdits {
  readonly #toasts: Toasts;

  constructor(toasts: Toasts) {
    this.#toasts = toasts;
  }

  /** Renames a stored thing; the toast, or Ctrl+Z, gives it its former name back. */
  async rename(before: string, name: string, write: (name: string) => Promise<void>): Promise<void> {
    await write(name).then(
      () =>
        this.#toasts.undoable(
          () => m.data_renamed({ name }),
          () => write(before),
        ),
      (thrown: unknown) => this.#toasts.fail(thrown),
    );
  }

  /** Deletes a stored thing; the toast, or Ctrl+Z, brings it back. False when it could not be deleted. */
  async remove(name: string, remove: () => Promise<void>, restore: () => Promise<void>): Promise<boolean> {
    try {
      await remove();
      this.#toasts.undoable(() => m.data_deleted({ name }), restore);
      return true;
    } catch (thrown) {
      this.#toasts.fail(thrown);
      return false;
    }
  }
}

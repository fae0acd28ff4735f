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

  /** Changes a stored thing; the toast, or Ctrl+Z, changes it back. */
  async change(words: () => string, write: () => Promise<void>, undo: () => Promise<void>): Promise<void> {
    await write().then(
      () => this.#toasts.undoable(words, undo),
      (thrown: unknown) => this.#toasts.fail(thrown),
    );
  }

  /**
   * Deletes several stored things; one undo brings back all that could be deleted. A toast says why one could not.
   */
  async removeAll<T extends { name: string }>(
    things: readonly T[],
    remove: (thing: T) => Promise<void>,
    restore: (things: readonly T[]) => Promise<void>,
  ): Promise<readonly T[]> {
    const gone: T[] = [];
    let failure: unknown;
    for (const thing of things)
      await remove(thing).then(
        () => gone.push(thing),
        (thrown: unknown) => (failure ??= thrown),
      );
    const [only] = gone;
    if (only) {
      const words = gone.length > 1 ? () => m.data_deleted_many({ count: gone.length }) : () => m.data_deleted(only);
      this.#toasts.undoable(words, () => restore(gone));
    }
    if (failure !== undefined) this.#toasts.fail(failure);
    return gone;
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

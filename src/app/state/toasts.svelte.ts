// Short messages, and the stack of what can be undone.
import { asAtelierError, type AtelierError } from '../../base/errors/errors';
import { errorWords } from '../words/errorWords';
import { m } from '../words/generated/messages.js';

export interface Toast {
  id: number;
  text: () => string;
  tone: 'plain' | 'good' | 'bad';
  error?: AtelierError;
  undo?: () => Promise<void>;
}

interface Deed {
  id: number;
  text: () => string;
  undo: () => Promise<void>;
}

/** Long enough to read a sentence and reach the button; the pointer or focus on it holds it. */
export const TOAST_MILLISECONDS = 8000;
const MOST = 3;

/** Short messages, and what was done that can be undone. */
export class Toasts {
  list = $state.raw<Toast[]>([]);
  #next = 1;
  #deeds: Deed[] = [];

  /** `text` is a function, so that a toast follows a switch of language. */
  show(text: () => string, tone: Toast['tone'] = 'plain'): void {
    this.#add({ id: this.#next++, text, tone });
  }

  /** A deed that can be taken back: by the toast's button, or by Ctrl+Z while it is the latest. */
  undoable(text: () => string, undo: () => Promise<void>): void {
    const id = this.#next++;
    this.#add({ id, text, tone: 'plain', undo });
    this.#deeds.push({ id, text, undo });
  }

  /** What went wrong where no panel shows it; a cancel is no error. */
  fail(thrown: unknown): void {
    const error = asAtelierError(thrown);
    if (error.code === 'cancelled') return;
    this.#add({ id: this.#next++, text: () => errorWords(error), tone: 'bad', error });
  }

  /** Undoes the deed of this toast, or the latest one; false when there is none. */
  async undo(id?: number): Promise<boolean> {
    const at = id === undefined ? this.#deeds.length - 1 : this.#deeds.findIndex((deed) => deed.id === id);
    const [deed] = at < 0 ? [] : this.#deeds.splice(at, 1);
    if (!deed) return false;
    this.close(deed.id);
    await deed.undo().then(
      () => this.show(() => m.frame_undone({ what: deed.text() })),
      (thrown: unknown) => this.fail(thrown),
    );
    return true;
  }

  close(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  #add(toast: Toast): void {
    this.list = [...this.list, toast].slice(-MOST);
  }
}

// One piece of slow work as a screen shows it: progress, cancel, error.
import { asAtelierError, type AtelierError } from '../../base/errors/errors';
import type { OnProgress, Progress } from '../../base/wire/events';

/** One piece of slow work that a panel shows: its progress, its cancel, and what went wrong. */
export class Job {
  running = $state(false);
  /** The last work was cancelled. */
  cancelled = $state(false);
  progress = $state.raw<Progress | undefined>();
  error = $state.raw<AtelierError | undefined>();
  #abort: AbortController | undefined;

  /** Runs the work; undefined when it failed (see `error`) or was cancelled. One at a time. */
  async run<T>(work: (onProgress: OnProgress, signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    if (this.running) return undefined;
    this.running = true;
    this.error = undefined;
    this.cancelled = false;
    this.progress = undefined;
    this.#abort = new AbortController();
    try {
      return await work((progress) => (this.progress = progress), this.#abort.signal);
    } catch (thrown) {
      const error = asAtelierError(thrown);
      this.cancelled = error.code === 'cancelled';
      if (!this.cancelled) this.error = error;
      return undefined;
    } finally {
      this.running = false;
    }
  }

  cancel(): void {
    this.#abort?.abort();
  }

  dismiss(): void {
    this.error = undefined;
  }
}

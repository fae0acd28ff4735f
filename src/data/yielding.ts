/** Lets long loops of a worker answer messages in between; it starts no work of its own. */
import { throwIfCancelled } from '../base/errors/errors';

const SLICE_MS = 50;

/**
 * Lets other messages in, cancel among them, about every 50 ms of slow work: `if (pace.due()) await pace.rest()`.
 * `rest` throws `cancelled` when the person has pressed cancel.
 */
export class Yielding {
  #since = performance.now();

  constructor(readonly signal?: AbortSignal) {}

  due(): boolean {
    return performance.now() - this.#since > SLICE_MS;
  }

  async rest(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve));
    throwIfCancelled(this.signal);
    this.#since = performance.now();
  }
}

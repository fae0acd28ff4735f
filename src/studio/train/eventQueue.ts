// Events of a run on their way to the page, in batches; what an event means is base/wire/events.ts.
import type { RunEvent } from '../../base/wire/events';
import type { RunRecord } from '../../base/records/run';

/** Milliseconds between batches: ten a second look live, and a thousand steps a second cost ten messages. */
const INTERVAL = 100;

/**
 * Gathers events and passes them on in batches. Nothing that was measured is lost, however slow the listener; a run's
 * record travels at most once per batch and status, since each record replaces the one before it.
 */
export class EventQueue {
  #waiting: RunEvent[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners = new Set<(events: RunEvent[]) => unknown>();

  subscribe(listener: (events: RunEvent[]) => unknown): void {
    this.#listeners.add(listener);
  }

  push(event: RunEvent): void {
    if (event.type === 'run') this.#dropReplaced(event.run);
    this.#waiting.push(event);
    this.#timer ??= setTimeout(() => this.flush(), INTERVAL);
  }

  /** A record of the same status is dropped: its successor says all that it said. */
  #dropReplaced({ id, status }: RunRecord): void {
    const at = this.#waiting.findLastIndex(({ type }) => type === 'run');
    const last = this.#waiting[at];
    if (last?.type === 'run' && last.run.id === id && last.run.status === status) this.#waiting.splice(at, 1);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const events = this.#waiting.splice(0);
    if (events.length) for (const listener of this.#listeners) void listener(events);
  }
}

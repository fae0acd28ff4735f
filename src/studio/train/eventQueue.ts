import type { RunEvent } from '../../base/wire/events';

/** Milliseconds between batches: ten a second look live, and a thousand steps a second cost ten messages. */
const INTERVAL = 100;

/** Gathers events and passes them on in batches; nothing is lost, however slow the listener. */
export class EventQueue {
  #waiting: RunEvent[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners = new Set<(events: RunEvent[]) => unknown>();

  subscribe(listener: (events: RunEvent[]) => unknown): void {
    this.#listeners.add(listener);
  }

  push(event: RunEvent): void {
    this.#waiting.push(event);
    this.#timer ??= setTimeout(() => this.flush(), INTERVAL);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const events = this.#waiting.splice(0);
    if (events.length) for (const listener of this.#listeners) void listener(events);
  }
}

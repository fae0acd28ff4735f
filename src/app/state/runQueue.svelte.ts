// The queue of runs as the page shows and edits it. Which run starts next is decided by the GPU worker.
import { asAtelierError, type AtelierError } from '../../base/errors/errors';
import type { QueuedRun, QueueEntry, QueueStanding } from '../../base/wire/queue';
import { m } from '../words/generated/messages.js';
import { storedError, type RunsState } from './runs.svelte';
import type { Toasts } from './toasts.svelte';
import type { UndoableEdits } from './undoableEdits';
import type { Workers } from './workers';

interface RunQueueWorld extends Workers {
  edits: UndoableEdits;
  toasts: Toasts;
  runs: Pick<RunsState, 'connect' | 'active' | 'trainedBy'>;
}

export class RunQueueState {
  readonly #world: RunQueueWorld;
  #standing = $state.raw<QueueStanding>({ on: false, entries: [] });
  error = $state.raw<AtelierError>();

  waiting = $derived(this.entries.filter(({ state }) => state === 'waiting'));
  /** What is under way or was cut, then those that wait, in their order. */
  ahead = $derived([...this.entries.filter(({ state }) => state === 'running'), ...this.waiting]);
  /** Those that had their turn. */
  past = $derived(this.entries.filter(({ state }) => state === 'ended' || state === 'failed'));

  constructor(world: RunQueueWorld) {
    this.#world = world;
  }

  get on(): boolean {
    return this.#standing.on;
  }
  get entries(): readonly QueueEntry[] {
    return this.#standing.entries;
  }
  /** Why it was switched off by itself. */
  get held(): AtelierError | undefined {
    return this.#standing.held && storedError(this.#standing.held);
  }

  /** A run that is started now would wait here. */
  get takesStart(): boolean {
    return this.on && (this.#world.runs.active !== undefined || this.ahead.length > 0);
  }

  /** The queue goes on with this run by itself: nobody need offer to resume it. */
  takesUp = (id: string): boolean =>
    this.on && this.ahead.some((entry) => entry.id === id && entry.state === 'running');

  /** Reads it and goes on where it stood, once a run that the page itself resumes is under way. */
  connect(): Promise<void> {
    return this.#doing(async () => {
      await this.refresh();
      await this.#world.runs.connect();
      await this.goOn();
    });
  }

  async refresh(): Promise<void> {
    this.#standing = await this.#world.data.queue();
  }

  async goOn(): Promise<void> {
    if (this.on) await this.#world.gpu.goOnWithQueue();
  }

  switchOn(on: boolean): Promise<void> {
    return this.#doing(async () => {
      await this.#world.data.switchQueue(on);
      await this.refresh();
      await this.goOn();
    });
  }

  /** Adds runs at the end. @throws what storage throws */
  async add(runs: readonly QueuedRun[]): Promise<void> {
    const added = await this.#world.data.addToQueue(runs);
    await this.refresh();
    const [first] = added;
    const words = (): string =>
      added.length > 1 ? m.queue_added_many({ count: added.length }) : m.queue_added({ name: first?.name ?? '' });
    this.#world.toasts.undoable(words, async () => {
      await this.#world.data.takeFromQueue(added.map(({ id }) => id));
      await this.refresh();
    });
    await this.goOn();
  }

  move(entry: QueueEntry, by: -1 | 1): Promise<void> {
    return this.#doing(async () => {
      await this.#world.data.moveInQueue(entry.id, by);
      await this.refresh();
    });
  }

  async remove(entry: QueueEntry): Promise<void> {
    await this.#world.edits.remove(
      entry.name,
      () => this.#takeOut([entry]),
      () => this.#putBack([entry]),
    );
  }

  /** Takes out all that had their turn; their runs stay. */
  clearPast(): Promise<void> {
    const { past } = this;
    return this.#world.edits.change(
      () => m.queue_cleared({ count: past.length }),
      () => this.#takeOut(past),
      () => this.#putBack(past),
    );
  }

  again(entry: QueueEntry): Promise<void> {
    return this.#doing(async () => {
      await this.#world.data.queueAgain(entry.id);
      await this.refresh();
      await this.goOn();
    });
  }

  async #takeOut(entries: readonly QueueEntry[]): Promise<void> {
    await this.#world.data.takeFromQueue(entries.map(({ id }) => id));
    await this.refresh();
  }

  async #putBack(entries: readonly QueueEntry[]): Promise<void> {
    await this.#world.data.putBackInQueue(entries);
    await this.refresh();
    await this.goOn();
  }

  async #doing(work: () => Promise<void>): Promise<void> {
    this.error = undefined;
    await work().catch((thrown: unknown) => (this.error = asAtelierError(thrown)));
  }
}

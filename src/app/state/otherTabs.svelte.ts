// What other tabs do with the same storage: which runs they train, what those measure, which lists they changed. It
// shows nothing itself.
import type { Id } from '../../base/records/named';
import type { HistoryPart, RunEvent } from '../../base/wire/events';
import type { ListedStore } from '../../base/wire/tabs';
import type { TabsChannel } from '../browser/tabs';

/** Milliseconds between two looks at the locks: so soon is the end of a tab known. */
const LOOK = 1000;
/** Writes within so many ms are told at once. */
const GATHER = 100;

export interface OtherTabsWorld {
  channel: TabsChannel;
  /** The runs that any tab trains now. */
  heldRuns(): Promise<readonly Id[]>;
  every?: (milliseconds: number, tick: () => void) => void;
  after?: (milliseconds: number, work: () => void) => void;
}

/** Who wants to know of it. */
export interface TabsListener {
  /** Another tab began to train this run. */
  taken(id: Id): void;
  /** No tab trains it any more. */
  freed(id: Id): void;
  events(events: readonly RunEvent[]): void;
  /** What a run has measured since its last checkpoint; undefined where this page does not train it. */
  unsavedOf(id: Id): HistoryPart | undefined;
  unsaved(part: HistoryPart): void;
  stored(stores: ReadonlySet<ListedStore>): void;
}

export class OtherTabs {
  readonly #world: OtherTabsWorld;
  /** Runs that a tab other than this one trains. */
  #theirs = $state.raw<readonly Id[]>([]);
  /** Runs of this page's worker, and whether their lock was seen: it is taken and freed a moment late. */
  readonly #own = new Map<Id, boolean>();
  #stored = new Set<ListedStore>();
  #listener: TabsListener | undefined;

  constructor(world: OtherTabsWorld) {
    this.#world = world;
  }

  train = (id: Id): boolean => this.#theirs.includes(id);

  async listen(listener: TabsListener): Promise<void> {
    const { channel, every = byInterval } = this.#world;
    this.#listener = listener;
    channel.listen((message) => {
      if (message.type === 'stored') this.#gather(message.stores);
      else if (message.type === 'events') listener.events(message.events);
      else if (message.type === 'unsaved') listener.unsaved(message.part);
      else this.#answer(message.runId);
    });
    every(LOOK, () => void this.look());
    await this.look();
  }

  /** This page's worker trains the run, or is about to. */
  claim(id: Id): void {
    this.#own.set(id, this.#own.get(id) ?? false);
    this.#theirs = this.#theirs.filter((other) => other !== id);
  }

  /** It trains it no more; the lock is freed a moment later. */
  release(id: Id): void {
    if (this.#own.has(id)) this.#own.set(id, true);
  }

  /** The worker could not take the run: another tab may have it. */
  disclaim(id: Id): void {
    this.#own.delete(id);
  }

  tell(events: RunEvent[]): void {
    this.#world.channel.post({ type: 'events', events });
  }

  ask(runId: Id): void {
    this.#world.channel.post({ type: 'ask', runId });
  }

  /** Looks at the locks; a browser that refuses says nothing of other tabs. */
  async look(): Promise<void> {
    const held = await this.#world.heldRuns().catch((): Id[] => []);
    for (const [id, seen] of this.#own) {
      if (held.includes(id)) this.#own.set(id, true);
      else if (seen) this.#own.delete(id);
    }
    const before = this.#theirs;
    const now = held.filter((id) => !this.#own.has(id));
    if (now.length === before.length && now.every((id) => before.includes(id))) return;
    this.#theirs = now;
    for (const id of now) if (!before.includes(id)) this.#listener?.taken(id);
    for (const id of before) if (!held.includes(id)) this.#listener?.freed(id);
  }

  #answer(runId: Id): void {
    const part = this.#listener?.unsavedOf(runId);
    if (part) this.#world.channel.post({ type: 'unsaved', part });
  }

  #gather(stores: readonly ListedStore[]): void {
    const { after = byTimer } = this.#world;
    if (this.#stored.size === 0) after(GATHER, () => this.#tellStored());
    for (const store of stores) this.#stored.add(store);
  }

  #tellStored(): void {
    const stores = this.#stored;
    this.#stored = new Set();
    this.#listener?.stored(stores);
  }
}

const byInterval = (milliseconds: number, tick: () => void): void => void setInterval(tick, milliseconds);
const byTimer = (milliseconds: number, work: () => void): void => void setTimeout(work, milliseconds);

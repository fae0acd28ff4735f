// The stored talks and the open one, which is stored after each turn.
import { asAtelierError, type AtelierError } from '../../../base/errors/errors';
import type { Id } from '../../../base/records/named';
import type { TalkRecord, Turn } from '../../../base/records/talk';
import { nameOf } from './talk';
import type { Workers } from '../../state/workers';
import type { Toasts } from '../../state/toasts.svelte';
import type { UndoableEdits } from '../../state/undoableEdits';

type Beginning = Pick<TalkRecord, 'system' | 'tools' | 'together'>;

const fresh = ({ system, tools, together }: Beginning): TalkRecord => {
  const now = Date.now();
  const begins = { system, ...(tools && { tools }), ...(together && { together: structuredClone(together) }) };
  return { id: crypto.randomUUID(), name: '', createdAt: now, updatedAt: now, ...begins, turns: [] };
};

interface TalksWorld extends Pick<Workers, 'data'> {
  edits: UndoableEdits;
  toasts: Toasts;
}

/** The stored talks, and the open one, which is stored as it grows. */
export class Talks {
  readonly #world: TalksWorld;
  /** Newest first. */
  list = $state.raw<readonly TalkRecord[]>([]);
  open = $state<TalkRecord>(fresh({ system: '' }));
  error = $state.raw<AtelierError>();
  #loading: Promise<void> | undefined;
  #preferred: Id | undefined;
  #saving = Promise.resolve();
  readonly #stored = new Set<Id>();
  /** Deleted on this page, since their last turn was taken away; they come back with a turn. */
  readonly #emptied = new Set<Id>();

  constructor(world: TalksWorld) {
    this.#world = world;
  }

  /** The talk that `load` opens, where it is still stored. */
  prefer(id: Id | undefined): void {
    this.#preferred = id;
  }

  /** Reads the stored talks, once, and opens the one that was open before the reload, else the latest. */
  load(): Promise<void> {
    return (this.#loading ??= this.#load());
  }

  async #load(): Promise<void> {
    try {
      const found = await this.#world.data.listTalks();
      for (const { id } of found) this.#stored.add(id);
      this.list = found.toSorted((a, b) => b.updatedAt - a.updatedAt);
      const talk = this.list.find(({ id }) => id === this.#preferred) ?? this.list[0];
      const { turns, system, tools, together } = this.open;
      const begun = turns.length > 0 || system !== '' || tools || together;
      if (talk && !begun) this.choose(talk.id);
    } catch (thrown) {
      this.error = asAtelierError(thrown);
      this.#loading = undefined;
    }
  }

  choose(id: Id): void {
    const talk = this.list.find((other) => other.id === id);
    if (talk) this.open = structuredClone(talk);
  }

  /** A new talk; the system prompt, the tools and the shares of adapters go with it. */
  begin(beginning: Beginning = $state.snapshot(this.open)): void {
    this.open = fresh(beginning);
  }

  /** Stores the open talk as it is now; a talk without turns is not stored. */
  save(): Promise<void> {
    const { open } = this;
    if (!open.renamed) open.name = nameOf(open);
    open.updatedAt = Date.now();
    const talk = $state.snapshot(open);
    const others = this.list.filter(({ id }) => id !== talk.id);
    this.list = talk.turns.length ? [talk, ...others] : others;
    this.#saving = this.#saving.then(() => this.#write(talk));
    return this.#saving;
  }

  async #write(talk: TalkRecord): Promise<void> {
    const { id, turns } = talk;
    try {
      if (turns.length) await this.#keep(talk);
      else if (this.#stored.has(id)) {
        await this.#world.data.deleteTalk(id);
        this.#emptied.add(id);
      }
    } catch (thrown) {
      this.error = asAtelierError(thrown);
    }
  }

  async #keep(talk: TalkRecord): Promise<void> {
    const { id } = talk;
    // what is swept meanwhile is stored as a new one
    if (this.#emptied.delete(id)) await this.#world.data.restoreTalk(id).catch(() => this.#stored.delete(id));
    await this.#world.data.keepTalk(talk, this.#stored.has(id));
    this.#stored.add(id);
  }

  /** Changes the open talk in a way that can be taken back. */
  undoably(text: () => string, change: (talk: TalkRecord) => void): void {
    const { id } = this.open;
    const before: Turn[] = $state.snapshot(this.open.turns);
    change(this.open);
    void this.save();
    this.#world.toasts.undoable(text, async () => {
      if (this.open.id !== id) this.#reopen(id);
      this.open.turns = before;
      await this.save();
    });
  }

  /** The name stays, whatever the talk begins with then; the beginning itself is no name. */
  rename({ id, name: before }: TalkRecord, name: string): Promise<void> {
    return this.#world.edits.rename(before, name, async (to) => {
      const kept = this.list.find((talk) => talk.id === id);
      if (!kept) return;
      const { renamed: _before, ...talk } = kept;
      const named = { ...talk, name: to, ...(to !== nameOf(talk) && { renamed: true as const }) };
      if (this.open.id === id) Object.assign(this.open, { name: to, renamed: named.renamed });
      this.list = this.list.map((other) => (other.id === id ? named : other));
      await (this.#saving = this.#saving.then(() => this.#keep(named)));
    });
  }

  /** Deletes a talk; undone, it is the open one again where it was. */
  remove({ id, name }: TalkRecord): Promise<boolean> {
    const wasOpen = this.open.id === id;
    const before = this.list;
    const remove = async (): Promise<void> => {
      await this.#saving;
      await this.#world.data.deleteTalk(id);
      this.list = this.list.filter((talk) => talk.id !== id);
      if (wasOpen) this.begin();
    };
    const restore = async (): Promise<void> => {
      await this.#world.data.restoreTalk(id);
      const talk = before.find((other) => other.id === id)!;
      this.list = [...this.list, talk].toSorted((a, b) => b.updatedAt - a.updatedAt);
      if (wasOpen) this.choose(id);
    };
    return this.#world.edits.remove(name, remove, restore);
  }

  #reopen(id: Id): void {
    this.choose(id);
    if (this.open.id !== id) this.open = { ...fresh($state.snapshot(this.open)), id };
  }
}

// The regression sets that this browser stores: Evaluate asks them, Chat adds answers to them.
import { asAtelierError, type AtelierError } from '../../base/errors/errors';
import type { PromptCheck, CheckSetRecord } from '../../base/records/checks';
import type { Id } from '../../base/records/named';
import { m } from '../words/generated/messages.js';
import type { UndoableEdits } from './undoableEdits';
import type { Workers } from './workers';

interface CheckSetsWorld extends Pick<Workers, 'data'> {
  edits: UndoableEdits;
}

/** Tokens of an answer in a new set. */
const MAX_TOKENS = 200;

/** Every set that is not deleted. */
export class CheckSets {
  readonly #world: CheckSetsWorld;
  /** Newest first. */
  list = $state.raw<readonly CheckSetRecord[]>([]);
  loaded = $state(false);
  error = $state.raw<AtelierError>();

  constructor(world: CheckSetsWorld) {
    this.#world = world;
  }

  async load(): Promise<void> {
    try {
      this.list = await this.#world.data.listCheckSets();
      this.loaded = true;
      this.error = undefined;
    } catch (thrown) {
      this.error = asAtelierError(thrown);
    }
  }

  async reread(): Promise<void> {
    if (this.loaded) await this.load();
  }

  /** A set without checks. @throws what the data worker throws */
  async create(name: string): Promise<CheckSetRecord> {
    const now = Date.now();
    const made = { id: crypto.randomUUID(), name, createdAt: now, updatedAt: now };
    const set: CheckSetRecord = { ...made, checks: [], maxTokens: MAX_TOKENS, watches: false };
    await this.#world.data.keepCheckSet(set);
    await this.load();
    return set;
  }

  /** In place of what is stored of it. @throws what the data worker throws */
  async keep(set: CheckSetRecord): Promise<void> {
    await this.#world.data.keepCheckSet(set);
    await this.load();
  }

  /** Changes the checks of a set; the toast, or Ctrl+Z, changes them back. */
  async change(set: CheckSetRecord, checks: PromptCheck[], words: () => string): Promise<void> {
    await this.#world.edits.change(
      words,
      () => this.keep({ ...set, checks }),
      () => this.keep(set),
    );
  }

  rename({ id, name: before }: CheckSetRecord, name: string): Promise<void> {
    return this.#world.edits.rename(before, name, async (to) => {
      await this.#world.data.renameCheckSet(id, to);
      await this.load();
    });
  }

  remove({ id, name }: CheckSetRecord): Promise<boolean> {
    const { data, edits } = this.#world;
    const after = async (work: (id: Id) => Promise<void>): Promise<void> => {
      await work(id);
      await this.load();
    };
    return edits.remove(
      name || m.checks_title(),
      () => after(data.deleteCheckSet),
      () => after(data.restoreCheckSet),
    );
  }
}

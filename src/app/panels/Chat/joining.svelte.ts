// The adapters that answer together become one that is stored; one at a time.
import type { RunRecord } from '../../../base/records/run';
import { Job } from '../../state/job.svelte';
import { joinedName } from '../../state/suggestedNames';
import type { RunsState } from '../../state/runs.svelte';
import type { Toasts } from '../../state/toasts.svelte';
import type { Workers } from '../../state/workers';
import { m } from '../../words/generated/messages.js';
import type { ChatModels } from './chatModels.svelte';

interface JoiningWorld extends Pick<Workers, 'data'> {
  chatModels: Pick<ChatModels, 'shares' | 'baseName' | 'refresh'>;
  runs: Pick<RunsState, 'list' | 'refresh'>;
  toasts: Toasts;
}

/** The form that stores the adapters of the moment as one, and its work. */
export class Joining {
  readonly #world: JoiningWorld;
  readonly job = new Job();
  /** What it shall be called; absent while nobody asked for it. */
  name = $state<string>();

  constructor(world: JoiningWorld) {
    this.#world = world;
  }

  /** Asks for the name, with one that no run has. */
  begin(): void {
    const { chatModels, runs } = this.#world;
    const taken = chatModels.shares.filter(({ weight }) => weight > 0).map(({ name }) => name);
    this.name = joinedName(taken, runs.list);
  }

  drop(): void {
    this.name = undefined;
    this.job.dismiss();
  }

  async save(): Promise<RunRecord | undefined> {
    const name = this.name?.trim() ?? '';
    const { data, chatModels, runs, toasts } = this.#world;
    if (name === '') return undefined;
    const chosen = chatModels.shares.map(({ weightsId, weight }) => ({ weightsId, weight }));
    const base = chatModels.baseName;
    const run = await this.job.run((_progress, signal) => data.joinAdapters(name, chosen, signal));
    if (!run) return undefined;
    this.name = undefined;
    await runs.refresh();
    await chatModels.refresh();
    toasts.show(() => m.chat_together_saved({ name: run.name, base }), 'good');
    return run;
  }
}

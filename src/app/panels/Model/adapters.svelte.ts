// The adapter files that are being opened for a stored model, one at a time.
import type { Id } from '../../../base/records/named';
import type { ModelRecord } from '../../../base/records/model';
import type { RunRecord } from '../../../base/records/run';
import { m } from '../../words/generated/messages.js';
import { nameOfFiles } from '../../state/models.svelte';
import { Job } from '../../state/job.svelte';
import type { Workers } from '../../state/workers';
import type { Machine } from '../../state/machine.svelte';
import type { RunsState } from '../../state/runs.svelte';
import type { Toasts } from '../../state/toasts.svelte';

interface IncomingAdapterWorld extends Pick<Workers, 'data'> {
  machine: Pick<Machine, 'keepOnce'>;
  runs: Pick<RunsState, 'refresh'>;
  toasts: Toasts;
}

/** The adapter that comes in from elsewhere, one at a time. */
export class IncomingAdapter {
  readonly #world: IncomingAdapterWorld;
  /** The model under which its place stands open. */
  baseId = $state<Id>();
  readonly opening = new Job();
  openingName = $state('');

  constructor(world: IncomingAdapterWorld) {
    this.#world = world;
  }

  /** Opens the place under a model, or closes it; not while something comes in there. */
  toggle({ id }: ModelRecord): void {
    if (this.opening.running) return;
    this.opening.dismiss();
    this.baseId = this.baseId === id ? undefined : id;
  }

  async open({ id, name: base }: ModelRecord, files: readonly File[]): Promise<RunRecord | undefined> {
    if (this.opening.running) return undefined;
    this.openingName = nameOfFiles(files);
    this.#world.machine.keepOnce();
    const run = await this.opening.run((...a) => this.#world.data.openAdapter(id, [...files], ...a));
    if (!run) return undefined;
    await this.#world.runs.refresh();
    this.baseId = undefined;
    this.#world.toasts.show(() => m.models_adapter_opened({ name: run.name, base }), 'good');
    return run;
  }
}

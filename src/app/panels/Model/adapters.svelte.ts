// The adapter files that are being opened for a stored model, one at a time.
import type { Id } from '../../../base/records/named';
import type { ModelRecord } from '../../../base/records/model';
import type { RunRecord } from '../../../base/records/run';
import { dataWorker } from '../../remote';
import { m } from '../../words/generated/messages.js';
import { machine } from '../../state/machine.svelte';
import { nameOfFiles } from '../../state/models.svelte';
import { runs } from '../../state/runs.svelte';
import { Job } from '../../state/job.svelte';
import { toasts } from '../../state/toasts.svelte';

/** The adapter that comes in from elsewhere, one at a time. */
class IncomingAdapter {
  /** The model under which its place stands open. */
  baseId = $state<Id>();
  readonly opening = new Job();
  openingName = $state('');

  /** Opens the place under a model, or closes it; not while something comes in there. */
  toggle({ id }: ModelRecord): void {
    if (this.opening.running) return;
    this.opening.dismiss();
    this.baseId = this.baseId === id ? undefined : id;
  }

  async open({ id, name: base }: ModelRecord, files: readonly File[]): Promise<RunRecord | undefined> {
    if (this.opening.running) return undefined;
    this.openingName = nameOfFiles(files);
    machine.keepOnce();
    const run = await this.opening.run((...a) => dataWorker.openAdapter(id, [...files], ...a));
    if (!run) return undefined;
    await runs.refresh();
    this.baseId = undefined;
    toasts.show(() => m.models_adapter_opened({ name: run.name, base }), 'good');
    return run;
  }
}

export const incomingAdapter = new IncomingAdapter();

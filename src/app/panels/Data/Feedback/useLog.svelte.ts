// The log of a model in use on the page: the files that were chosen, and what they come to. Nothing of it is stored but
// what goes into the review.
import type { UseLogReport } from '../../../../base/wire/useLog';
import { m } from '../../../words/generated/messages.js';
import type { FeedbackState } from '../../../state/feedback.svelte';
import { Job } from '../../../state/job.svelte';
import type { UndoableEdits } from '../../../state/undoableEdits';
import type { Workers } from '../../../state/workers';

interface LogWorld extends Pick<Workers, 'data'> {
  feedback: FeedbackState;
  edits: UndoableEdits;
}

export class UseLogState {
  readonly #world: LogWorld;
  log = $state.raw<File>();
  release = $state.raw<File>();
  report = $state.raw<UseLogReport>();
  readonly reading = new Job();
  /** What of the badly rated answers is not in the review. */
  fresh = $derived.by(() => (this.report?.feedback ?? []).filter(({ id }) => !this.#world.feedback.byId(id)));

  constructor(world: LogWorld) {
    this.#world = world;
  }

  async read(): Promise<void> {
    const { log, release } = this;
    if (!log) return;
    this.report = undefined;
    const files = { log, ...(release && { release }) };
    this.report = await this.reading.run((...reporting) => this.#world.data.readUseLog(files, ...reporting));
  }

  keep(): Promise<void> {
    const { feedback, edits } = this.#world;
    const kept = this.fresh;
    return edits.change(
      () => m.feedback_log_kept({ count: kept.length }),
      () => feedback.put(kept),
      () => feedback.remove(kept.map(({ id }) => id)),
    );
  }
}

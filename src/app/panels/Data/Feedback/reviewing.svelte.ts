// Review of feedback: which of it is shown, what was decided of each, and the datasets that are made of it.
import {
  kindsOf,
  type FeedbackKind,
  type FeedbackRecord,
  type FeedbackDecision as Decision,
} from '../../../../base/records/feedback';
import type { Id } from '../../../../base/records/named';
import type { MadeOfFeedback, RowTarget } from '../../../../base/wire/written';
import { m } from '../../../words/generated/messages.js';
import type { FeedbackState } from '../../../state/feedback.svelte';
import { Job } from '../../../state/job.svelte';
import type { UndoableEdits } from '../../../state/undoableEdits';
import type { Workers } from '../../../state/workers';

interface ReviewWorld extends Pick<Workers, 'data'> {
  feedback: FeedbackState;
  edits: UndoableEdits;
}

/** What is shown of the feedback, and what becomes of it. */
export class Reviewing {
  readonly #world: ReviewWorld;
  /** The name of a model; empty: all. */
  model = $state('');
  state = $state<Decision | 'all'>('open');
  /** Place among those shown of the one that the keys decide. */
  at = $state(0);
  readonly making = new Job();
  made = $state.raw<readonly MadeOfFeedback[]>();
  /** The dataset that most of the answers' models learned from. */
  home = $state.raw<Id>();

  models = $derived.by(() => [...new Set(this.#world.feedback.list.map(({ from }) => from.name))].sort());
  ofModel = $derived.by(() =>
    this.#world.feedback.list.filter(({ from }) => this.model === '' || from.name === this.model),
  );
  shown = $derived.by(() => this.ofModel.filter(({ state }) => this.state === 'all' || state === this.state));
  accepted = $derived.by(() => this.ofModel.filter(({ state }) => state === 'accepted'));
  current = $derived.by((): FeedbackRecord | undefined => this.shown[Math.min(this.at, this.shown.length - 1)]);

  constructor(world: ReviewWorld) {
    this.#world = world;
  }

  async open(): Promise<void> {
    await this.#world.feedback.load();
    const ids = this.#world.feedback.list.map(({ id }) => id);
    this.home = ids.length ? await this.#world.data.homeOfFeedback(ids).catch(() => undefined) : undefined;
  }

  count = (kind: FeedbackKind): number => this.accepted.filter((record) => kindsOf(record).includes(kind)).length;

  move(by: number): void {
    this.at = Math.max(0, Math.min(this.shown.length - 1, this.at + by));
  }

  /** The next one comes up by itself where the decided one is no longer shown. */
  async decide(records: readonly FeedbackRecord[], state: Decision): Promise<void> {
    if (!records.length) return;
    const { at } = this;
    const words = { accepted: m.feedback_did_accept, dropped: m.feedback_did_drop, open: m.feedback_did_open }[state];
    await this.#world.edits.change(
      () => words({ count: records.length }),
      () => this.#world.feedback.put(records.map((record) => ({ ...record, state }))),
      async () => {
        await this.#world.feedback.put(records);
        this.at = at;
      },
    );
    if (this.state === 'all') this.move(1);
    else this.move(0);
  }

  remove(record: FeedbackRecord): Promise<void> {
    return this.#world.edits.change(
      m.feedback_did_delete,
      () => this.#world.feedback.remove([record.id]),
      () => this.#world.feedback.put([record]),
    );
  }

  async make(targets: Partial<Record<FeedbackKind, RowTarget>>): Promise<void> {
    const ids = this.accepted.map(({ id }) => id);
    this.made = undefined;
    this.made = await this.making.run((...reporting) =>
      this.#world.data.feedbackDatasets({ ids, targets }, ...reporting),
    );
    await this.#world.feedback.reread();
  }
}

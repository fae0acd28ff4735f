// Tells what happens to the run under way: in one live region, in the tab's title, and at its end by a notice.
import type { Id } from '../../../base/records/named';
import type { RunRecord } from '../../../base/records/run';
import { notify } from '../../browser/notify';
import { toldBetween, type Announced, type Told } from '../../state/announcements';
import type { RunsState } from '../../state/runs.svelte';
import { language } from '../../words/language.svelte';
import { m } from '../../words/generated/messages.js';

const QUARTERS = [m.train_told_quarter, m.train_told_half, m.train_told_three_quarters];

/** The run of this page, as its listeners hear of it. */
export class Telling {
  readonly #runs: Pick<RunsState, 'list' | 'active' | 'view'>;
  /** What was told last. */
  text = $state('');
  /** A notice was asked for at the end of the run under way. */
  notice = $state(false);
  /** Every run as it was last seen: one that stood interrupted when the page was opened resumes, it does not start. */
  readonly #seen = new Map<Id, Announced>();
  /** The run that was told of last. */
  #toldOf: Id | undefined;

  constructor(runs: Pick<RunsState, 'list' | 'active' | 'view'>) {
    this.#runs = runs;
  }

  /** Looks at the records as they are now; called whenever they change. */
  look(): void {
    const { active, list } = this.#runs;
    const run = active ?? list.find(({ id }) => id === this.#toldOf);
    const before = run && this.#seen.get(run.id);
    for (const one of active ? [...list, active] : list) this.#see(one);
    if (!run) return;
    this.#toldOf = run.id;
    const told = toldBetween(before, run);
    if (told) this.#tell(told, run, before?.step ?? 0);
  }

  #see({ id, status, step, totalSteps }: RunRecord): void {
    this.#seen.set(id, { id, status, step, totalSteps });
  }

  #tell(told: Told, run: RunRecord, stood: number): void {
    this.text = this.#words(told, run, stood);
    const ended = told.kind === 'finished' || told.kind === 'failed' || told.kind === 'interrupted';
    if (ended && this.notice) notify(run.name, this.text);
    if (ended || told.kind === 'stopped') this.notice = false;
  }

  /** @param stood the step that was told before: a run that resumes may have done more by now */
  #words(told: Told, run: RunRecord, stood: number): string {
    const { format } = language;
    const { curves } = this.#runs.view(run.id);
    const { name } = run;
    const step = format.integer(run.step);
    const loss = format.loss(curves.smooth.loss.last); // as the foot bar and the tab's title: a validation may be old
    switch (told.kind) {
      case 'quarter':
        return QUARTERS[told.quarter - 1]!({ name, loss });
      case 'started':
        return m.train_told_started({ name });
      case 'paused':
        return m.train_told_paused({ name, step });
      case 'resumed':
        return m.train_told_resumed({ name, step: format.integer(stood) });
      case 'stopped':
        return m.train_told_stopped({ name, step, loss });
      case 'finished':
        return m.train_told_finished({ name, step, loss });
      case 'failed':
      case 'interrupted':
        return m.train_told_failed({ name, step });
    }
  }
}

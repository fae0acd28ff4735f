// What the page knows of one run: its curves, samples and checkpoints, from storage and from its events. It draws
// nothing.
import type { HistoryPart, Preparing, RunEvent, SamplePoint } from '../../base/wire/events';
import type { CheckpointSummary } from '../../base/records/checkpoint';
import type { Id } from '../../base/records/named';
import { Curves } from './curves';
import type { Workers } from './workers';

/** Events that change a view; the others concern the list of runs or the page. */
type MeasuredEvent = Exclude<RunEvent, { type: 'run' | 'error' | 'gone' }>;

const nothingMeasured = (): Pick<HistoryPart, 'steps' | 'validations' | 'samples'> => ({
  steps: [],
  validations: [],
  samples: [],
});

/** What is known of one run: its curves, samples and checkpoints. `version` counts changes of the curves. */
export class RunView {
  readonly curves = new Curves();
  version = $state(0);
  samples = $state.raw<readonly SamplePoint[]>([]);
  checkpoints = $state.raw<readonly CheckpointSummary[]>([]);
  tensors = $state<number>();
  /** What happens before the first step. */
  preparing = $state.raw<Preparing>();
  /** The step that is being saved. */
  saving = $state<number>();
  /** The last step whose save completed while the page was open. */
  saved = $state<number>();
  loaded = $state(false);

  readonly #data: Workers['data'];
  #unsaved = nothingMeasured();
  /** The step that the run was saved at, or resumed from; undefined where this page saw neither. */
  savedStep = $state<number>();

  constructor(
    readonly id: Id,
    data: Workers['data'],
  ) {
    this.#data = data;
  }

  async load(): Promise<void> {
    const [parts, checkpoints] = await Promise.all([this.#data.history(this.id), this.#data.listCheckpoints(this.id)]);
    // a run whose steps arrived meanwhile was started on this page: the events hold more than storage does
    if (this.curves.step.length === 0) for (const part of parts) this.#addHistory(part);
    this.checkpoints = checkpoints;
    this.loaded = true;
    this.version++;
  }

  /** Reads all of it again, as another tab has stored it. */
  async reload(): Promise<void> {
    const parts = await this.#data.history(this.id);
    for (const part of parts) this.#addHistory(part);
    await this.refreshCheckpoints();
    this.version++;
  }

  /** What another tab has measured since the last checkpoint; that one may be newer than what was read here. */
  async addUnsaved(part: HistoryPart): Promise<void> {
    if (part.fromStep > Math.max(0, this.curves.step.last || 0)) await this.reload();
    this.#addHistory(part);
    this.version++;
  }

  async refreshCheckpoints(): Promise<void> {
    this.checkpoints = await this.#data.listCheckpoints(this.id);
  }

  /** What was measured since the last checkpoint, for a tab that looks on. */
  get unsaved(): HistoryPart {
    const { step } = this.curves;
    return { runId: this.id, fromStep: this.savedStep ?? 0, toStep: step.last || 0, ...this.#unsaved };
  }

  apply(event: MeasuredEvent): void {
    switch (event.type) {
      case 'preparing':
        this.preparing = event.at;
        return;
      case 'step':
        this.preparing = undefined;
        this.curves.addStep(event.point);
        if (event.point.step <= (this.#unsaved.steps.at(-1)?.step ?? this.savedStep ?? -1))
          this.resumedFrom(event.point.step - 1);
        this.#unsaved.steps.push(event.point);
        this.tensors = event.tensors;
        return;
      case 'validation':
        this.#unsaved.validations.push(event.point);
        return this.curves.addValidation(event.point);
      case 'sample':
        this.#unsaved.samples.push(event.point);
        this.#addSample(event.point);
        return;
      case 'saving':
        this.saving = event.step;
        return;
      case 'saved':
        this.saving = undefined;
        this.saved = event.checkpoint.step;
        this.#forgetUpTo(event.checkpoint.step);
        // an older one may have been deleted with it, so the list is read again and not patched
        void this.refreshCheckpoints();
    }
  }

  /** A resumed run measures these steps again. */
  resumedFrom(step: number): void {
    this.#unsaved = nothingMeasured();
    this.savedStep = step;
  }

  #forgetUpTo(step: number): void {
    const { steps, validations, samples } = this.#unsaved;
    const later = (point: { step: number }): boolean => point.step > step;
    this.#unsaved = {
      steps: steps.filter(later),
      validations: validations.filter(later),
      samples: samples.filter(later),
    };
    this.savedStep = step;
  }

  #addHistory(part: HistoryPart): void {
    for (const point of part.steps) this.curves.addStep(point);
    for (const point of part.validations) this.curves.addValidation(point);
    for (const point of part.samples) this.#addSample(point);
  }

  #addSample(point: SamplePoint): void {
    this.samples = [...this.samples.filter((s) => s.step < point.step), point];
  }
}

// The stored evaluations, the one that is open with its report, and the one that is being measured.
import { asAtelierError, type AtelierError } from '../../../base/errors/errors';
import type { EvaluationRecord } from '../../../base/records/evaluation';
import type { Id } from '../../../base/records/named';
import type { EvaluationProgress, EvaluationReport, EvaluationRequest } from '../../../base/wire/evaluation';
import { Job } from '../../state/job.svelte';
import type { UndoableEdits } from '../../state/undoableEdits';
import type { Workers } from '../../state/workers';

interface EvaluatingWorld extends Workers {
  edits: UndoableEdits;
}

/** The report is made anew after so long while it is measured, ms. */
const REPORT_EVERY = 3000;

export class Evaluating {
  readonly #world: EvaluatingWorld;
  /** Newest first. */
  list = $state.raw<readonly EvaluationRecord[]>([]);
  loaded = $state(false);
  error = $state.raw<AtelierError>();
  openId = $state<Id>();
  report = $state.raw<EvaluationReport>();
  readonly job = new Job();
  /** What is being measured, and how far it is. */
  measuringId = $state<Id>();
  progress = $state.raw<EvaluationProgress>();
  /** When the part under way began, and how many of its results were there then. */
  #partBegan = { part: '', at: 0, done: 0 };
  millisecondsLeft = $state<number>();
  #reportedAt = 0;

  constructor(world: EvaluatingWorld) {
    this.#world = world;
  }

  async load(): Promise<void> {
    try {
      this.list = await this.#world.data.listEvaluations();
      this.loaded = true;
    } catch (thrown) {
      this.error = asAtelierError(thrown);
    }
  }

  /** Shows an evaluation; undefined: the form of a new one. */
  async open(id: Id | undefined): Promise<void> {
    if (id === this.openId && this.report) return;
    this.openId = id;
    this.report = undefined;
    this.error = undefined;
    if (id !== undefined) await this.#refresh(id);
  }

  async #refresh(id: Id): Promise<void> {
    try {
      const report = await this.#world.data.evaluationReport(id);
      if (this.openId === id) this.report = report;
    } catch (thrown) {
      if (this.openId === id) this.error = asAtelierError(thrown);
    }
  }

  /** Stores what is asked, and measures it; the id as soon as it is stored. */
  async begin(request: EvaluationRequest, onStored: (id: Id) => void): Promise<void> {
    const begun = await this.job.run((_onProgress, signal) => this.#world.gpu.beginEvaluation(request, signal));
    if (!begun) return;
    await this.load();
    onStored(begun.id);
    await this.measure(begun.id);
  }

  /** Measures what is not measured yet. */
  async measure(id: Id): Promise<void> {
    if (this.job.running) return;
    this.measuringId = id;
    this.progress = undefined;
    this.millisecondsLeft = undefined;
    await this.job.run((_onProgress, signal) =>
      this.#world.gpu.evaluate(id, (progress) => this.#came(id, progress), signal),
    );
    this.measuringId = undefined;
    await this.load();
    await this.#refresh(id);
  }

  #came(id: Id, progress: EvaluationProgress): void {
    const now = performance.now();
    const { part, done, total } = progress;
    if (this.#partBegan.part !== `${id} ${part}`) this.#partBegan = { part: `${id} ${part}`, at: now, done };
    const { at, done: before } = this.#partBegan;
    this.progress = progress;
    this.millisecondsLeft = done > before ? ((total - done) * (now - at)) / (done - before) : undefined;
    if (now - this.#reportedAt < REPORT_EVERY) return;
    this.#reportedAt = now;
    void this.#refresh(id);
  }

  rename({ id, name }: EvaluationRecord, to: string): Promise<void> {
    return this.#world.edits.rename(name, to, async (next) => {
      await this.#world.data.renameEvaluation(id, next);
      await this.load();
      if (this.openId === id) await this.#refresh(id);
    });
  }

  /** Deletes an evaluation, which can be undone; one that is being measured stops. */
  async remove({ id, name }: EvaluationRecord): Promise<boolean> {
    if (this.measuringId === id) this.job.cancel();
    const { data } = this.#world;
    return this.#world.edits.remove(
      name,
      async () => {
        await data.deleteEvaluation(id);
        await this.load();
      },
      async () => {
        await data.restoreEvaluation(id);
        await this.load();
      },
    );
  }
}

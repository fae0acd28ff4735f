// What a run would read, checked before it starts; each answer is kept with its question.
import type { TrainSettings } from '../../base/settings/trainSettings';
import type { MixedText } from '../../base/records/mix';
import type { DatasetRecord } from '../../base/records/dataset';
import type { FirstBatch, PreflightReport, PreflightRequest, PrepareRequest } from '../../base/wire/requests';
import type { OnProgress } from '../../base/wire/events';
import { Job } from './job.svelte';
import type { Workers } from './workers';

/**
 * Larger data is looked at when it is asked for, and at the start: reading it again after each change of a setting
 * would keep the worker busy.
 */
const MOST_UNASKED = 8_000_000;

type PreflightStateWorld = Pick<Workers, 'data'>;

/**
 * What a run would read, looked at before it starts: its rows, and the windows of its first step. Answers are kept with
 * what they answer.
 */
export class PreflightState {
  readonly #world: PreflightStateWorld;
  /** One job per preflight: a superseded one finishes without touching the new one. */
  looking = $state.raw(new Job());
  #rows = $state.raw<{ of: string; found: PreflightReport }>();
  readonly showing = new Job();
  #batch = $state.raw<{ of: string; windows: FirstBatch }>();

  constructor(world: PreflightStateWorld) {
    this.#world = world;
  }

  /** What was found in just these rows; undefined where they have not been looked at. */
  foundIn(request: PreflightRequest | undefined): PreflightReport | undefined {
    return request && this.#rows?.of === JSON.stringify(request) ? this.#rows.found : undefined;
  }

  /** Looks at the rows, in place of those that are being looked at. */
  async look(request: PreflightRequest): Promise<void> {
    this.looking.cancel();
    if (this.foundIn(request)) return;
    const task = (this.looking = new Job());
    await task.run((...reporting) => this.ensure(request, ...reporting));
  }

  /** Runs preflight unasked where the data are small enough to take a moment. */
  async lookUnasked(request: PreflightRequest, datasets: readonly DatasetRecord[]): Promise<void> {
    if (datasets.reduce((sum, { bytes }) => sum + bytes, 0) <= MOST_UNASKED) await this.look(request);
    else this.looking.cancel();
  }

  /** What is in the rows, looked at now if it has not been. */
  async ensure(request: PreflightRequest, onProgress: OnProgress, signal: AbortSignal): Promise<PreflightReport> {
    const known = this.foundIn(request);
    if (known) return known;
    const found = await this.#world.data.preflight(request, onProgress, signal);
    this.#rows = { of: JSON.stringify(request), found };
    return found;
  }

  /** The first batch as it was shown, and whether it is still what a run reads. */
  batchOf(
    request: PrepareRequest | undefined,
    settings: TrainSettings,
    mix?: readonly MixedText[],
  ): { windows: FirstBatch; current: boolean } | undefined {
    return this.#batch && { windows: this.#batch.windows, current: this.#batch.of === keyOf(request, settings, mix) };
  }

  async showBatch(request: PrepareRequest, settings: TrainSettings, mix?: MixedText[]): Promise<void> {
    const of = keyOf(request, settings, mix);
    const windows = await this.showing.run(async (onProgress, signal) => {
      const { id: preparedId } = await this.#world.data.prepare(request, onProgress, signal);
      const { tokenizerId, weightsId } = request;
      const template = weightsId !== undefined && { weightsId };
      return this.#world.data.firstBatch({ preparedId, tokenizerId, ...template, settings, ...(mix && { mix }) });
    });
    if (windows) this.#batch = { of, windows };
  }

  hideBatch(): void {
    this.#batch = undefined;
  }
}

/** What the windows follow from. */
const keyOf = (
  request: PrepareRequest | undefined,
  { contextLength, batchSize, packing, seed, task }: TrainSettings,
  mix: readonly MixedText[] = [],
): string => JSON.stringify([request, contextLength, batchSize, packing, seed, task, mix]);

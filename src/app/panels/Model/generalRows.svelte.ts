// Mixes the general rows that come with the studio into a run: reads them into storage where they are not yet.
import { sampleSource, type GeneralName } from '../../../base/records/samples';
import type { TrainForm } from '../../state/trainForm.svelte';
import { mixGeneral } from '../../state/nextRun';
import { Job } from '../../state/job.svelte';
import type { Workers } from '../../state/workers';

interface GeneralRowsWorld extends Pick<Workers, 'data'> {
  form: Pick<TrainForm, 'mix' | 'sampleRead'>;
}

export class GeneralRows {
  readonly #world: GeneralRowsWorld;
  readonly task = new Job();

  constructor(world: GeneralRowsWorld) {
    this.#world = world;
  }

  async add(name: GeneralName): Promise<void> {
    await this.task.run((onProgress, signal) => mixGeneral(this.#world, name, onProgress, signal));
  }
}

/** Whether a run reads them already. */
export const isAmong = (name: GeneralName, sources: readonly string[]): boolean => sources.includes(sampleSource(name));

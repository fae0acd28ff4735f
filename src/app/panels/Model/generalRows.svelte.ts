// Mixes the general rows that come with the studio into a run: reads them into storage where they are not yet.
import { sampleSource, type GeneralName, type SampleLanguage } from '../../../base/records/samples';
import type { TrainForm } from '../../state/trainForm.svelte';
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
    const { data, form } = this.#world;
    const read = await this.task.run((...reporting) => data.importSample(name, ...reporting));
    if (!read) return;
    form.sampleRead(read);
    if (!form.mix.ids.includes(read.id)) form.mix.add(read.id);
  }
}

/** The general rows in a language, as a run on text or on conversations reads them. */
export const generalName = (language: SampleLanguage, task: 'text' | 'chat'): GeneralName =>
  `${language}-general-${task}`;

/** Whether a run reads them already. */
export const isAmong = (name: GeneralName, sources: readonly string[]): boolean => sources.includes(sampleSource(name));

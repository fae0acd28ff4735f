// The forms of the chosen weights side by side, and the measuring of those that were not measured yet.
import { asAtelierError, type AtelierError } from '../../../base/errors/errors';
import type { ExportKind } from '../../../base/wire/exportKinds';
import type { FormsOfWeights } from '../../../base/wire/forms';
import type { Id } from '../../../base/records/named';
import type { DataApi } from '../../../../workers/data.api';
import type { GpuApi } from '../../../../workers/gpu.api';
import { Job } from '../../state/job.svelte';

export interface FormsWorld {
  data: Pick<DataApi, 'exportForms'>;
  gpu: Pick<GpuApi, 'measureForms'>;
}

type Guides = Partial<Record<ExportKind, string>>;

export class FormsState {
  readonly task = new Job();
  found = $state.raw<FormsOfWeights>();
  /** Why the forms cannot be told. */
  error = $state.raw<AtelierError>();
  /** The weights that `found` is of, or will be. */
  #asked: { weightsId: Id; guides: Guides } | undefined;

  constructor(private readonly world: FormsWorld) {}

  /** Those that have no loss yet; a measurement that was cancelled goes on with them. */
  unmeasured = $derived((this.found?.forms ?? []).filter(({ measured }) => !measured).map(({ kind }) => kind));

  async look(weightsId: Id, guides: Guides): Promise<void> {
    if (this.#asked?.weightsId !== weightsId) this.forget();
    const asked = (this.#asked = { weightsId, guides });
    try {
      const found = await this.world.data.exportForms(weightsId, guides);
      if (this.#asked === asked) [this.found, this.error] = [found, undefined];
    } catch (thrown) {
      if (this.#asked === asked) this.error = asAtelierError(thrown);
    }
  }

  /** What was measured before an error or a cancel is shown too. */
  async measure(): Promise<void> {
    const [asked, kinds] = [this.#asked, this.unmeasured];
    if (!asked || this.task.running) return;
    await this.task.run((onProgress, signal) =>
      this.world.gpu.measureForms(asked.weightsId, kinds, onProgress, signal),
    );
    if (this.#asked === asked) await this.look(asked.weightsId, asked.guides);
  }

  /** Nothing is chosen, or something else. */
  forget(): void {
    this.task.cancel();
    this.task.dismiss();
    this.#asked = undefined;
    this.found = undefined;
    this.error = undefined;
  }
}

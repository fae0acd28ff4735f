// Saved files that are read back and compared with their model, by the studio or by llama.cpp.
import type { Id } from '../../../base/records/named';
import type { ModelKind, LlamaKind, Verification } from '../../../base/wire/requests';
import { connectLlama } from '../../frames';
import { gpuWorker } from '../../remote';
import { Job } from '../../state/job.svelte';

/** A file that was saved, and what it was made of. */
export interface Saved {
  weightsId: Id;
  kind: ModelKind;
  fileName: string;
  /** Its bytes: from the disk where the person picked the file, else those that the browser's downloads were given. */
  open(): Promise<File>;
}

/** The studio's own readers and kernels, or llama.cpp. */
export type Verifier = 'studio' | 'llama';

export interface Verified extends Verification {
  fileName: string;
  by: Verifier;
}

/** What llama.cpp runs. */
export const inLlama = (kind: ModelKind): kind is LlamaKind => kind !== 'safetensors' && kind !== 'peft';

/** Saved files read back and compared with the model that they were made of. */
export class VerifyState {
  readonly task = new Job();
  results = $state.raw<readonly Verified[]>([]);
  /** What is being read, for the progress. */
  fileName = $state('');

  async verify(saved: Saved, by: Verifier): Promise<void> {
    if (this.task.running) return;
    const { weightsId, kind, fileName } = saved;
    this.fileName = fileName;
    this.results = this.results.filter((found) => found.by !== by && found.fileName === fileName);
    const found = await this.task.run(async (onProgress, signal) => {
      const file = await saved.open();
      if (by === 'studio' || !inLlama(kind)) return gpuWorker.verify(weightsId, kind, file, onProgress, signal);
      await connectLlama();
      return gpuWorker.verifyInLlama(weightsId, kind, file, onProgress, signal);
    });
    if (found) this.results = [...this.results, { fileName, by, ...found }];
  }

  /** For a file of something else. */
  clear(): void {
    this.task.cancel();
    this.task.dismiss();
    this.results = [];
  }
}

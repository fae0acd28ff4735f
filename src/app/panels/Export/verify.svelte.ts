// Reads a saved file back and compares it with the model that it was made of: the card Verify of the Export screen.
import type { Id } from '../../../base/records/named';
import { runsInLlama, type FileChecker, type ModelKind } from '../../../base/wire/exportKinds';
import type { Verification } from '../../../base/wire/requests';
import type { GpuApi } from '../../../../workers/gpu.api';
import { Job } from '../../state/job.svelte';

/** A file that was saved, and what it was made of. */
export interface Saved {
  weightsId: Id;
  kind: ModelKind;
  fileName: string;
  /** Its bytes: from the disk where the person picked the file, else those that the browser's downloads were given. */
  open(): Promise<File>;
}

export interface Verified extends Verification {
  fileName: string;
  by: FileChecker;
}

export interface VerifyWorld {
  gpu: Pick<GpuApi, 'verify' | 'verifyInLlama'>;
  connectLlama(): Promise<void>;
}

export class VerifyState {
  readonly task = new Job();
  results = $state.raw<readonly Verified[]>([]);
  /** What is being read, for the progress. */
  fileName = $state('');

  constructor(private readonly world: VerifyWorld) {}

  async verify(saved: Saved, by: FileChecker): Promise<void> {
    if (this.task.running) return;
    const { weightsId, kind, fileName } = saved;
    this.fileName = fileName;
    this.results = this.results.filter((found) => found.by !== by && found.fileName === fileName);
    const found = await this.task.run(async (onProgress, signal) => {
      const file = await saved.open();
      const { gpu, connectLlama } = this.world;
      if (by === 'studio' || !runsInLlama(kind)) return gpu.verify(weightsId, kind, file, onProgress, signal);
      await connectLlama();
      return gpu.verifyInLlama(weightsId, kind, file, onProgress, signal);
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

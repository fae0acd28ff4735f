import type { Id } from '../../base/records';
import type { ExportKind, Verification } from '../../base/requests';
import { gpu } from '../remote';
import { Task } from './task.svelte';

/** A file that was saved, and what it was made of. */
export interface Saved {
  weightsId: Id;
  kind: ExportKind;
  fileName: string;
  /** Its bytes: from the disk where the person picked the file, else those that the browser's downloads were given. */
  open(): Promise<File>;
}

export interface Verified extends Verification {
  fileName: string;
}

/** Saved files read back and compared with the model that they were made of. */
export class VerifyState {
  readonly task = new Task();
  result = $state.raw<Verified>();
  /** What is being read, for the progress. */
  fileName = $state('');

  async verify({ weightsId, kind, fileName, open }: Saved): Promise<void> {
    if (this.task.running) return;
    this.clear();
    this.fileName = fileName;
    this.result = await this.task.run(async (onProgress, signal) => ({
      fileName,
      ...(await gpu.verify(weightsId, kind, await open(), onProgress, signal)),
    }));
  }

  /** For a file of something else. */
  clear(): void {
    this.task.cancel();
    this.task.dismiss();
    this.result = undefined;
  }
}

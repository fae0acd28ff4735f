// Models as files: written by the data worker, read back and compared by the GPU worker.
import type { OnProgress } from '../src/base/wire/events';
import type { FormKind, FormsOfWeights } from '../src/base/wire/forms';
import type { ExportChoice } from '../src/base/wire/guides';
import type { Id } from '../src/base/records/named';
import type { ExportKind, LlamaKind, ModelKind } from '../src/base/wire/exportKinds';
import type { ExportResult, Verification } from '../src/base/wire/requests';

export interface ExportApi {
  /**
   * The kinds in which a checkpoint or a stored model can be exported, with the name of each file. The page asks before
   * the person presses Save: a file picker opens only while the press counts, so nothing may be awaited then.
   */
  exportChoices(weightsId: Id): Promise<ExportChoice[]>;
  /**
   * The forms in which they can be saved, side by side: sizes, and the losses that were measured.
   * @param guides that go into the zips, by kind
   */
  exportForms(weightsId: Id, guides: Partial<Record<ExportKind, string>>): Promise<FormsOfWeights>;
  /**
   * A checkpoint or a stored model as one file, a zip or a GGUF; into `target` where the person picked a file. `guide`
   * says how it is run, and goes into a zip beside the model.
   *
   * @throws export-no-adapter, job-no-run, what `exportModel` of the studio throws
   */
  exportModel(
    weightsId: Id,
    kind: ExportKind,
    guide: string | undefined,
    target: WritableStream<Uint8Array> | undefined,
    onProgress: OnProgress,
    signal: AbortSignal,
  ): Promise<ExportResult>;
}

export interface VerificationApi {
  /**
   * Measures what a checkpoint's weights lose in these forms, on the held-out rows of its run, and keeps each with the
   * checkpoint as it is found.
   *
   * @throws prepared-missing, what exporting and reading a file throw
   */
  measureForms(
    checkpointId: Id,
    kinds: readonly FormKind[],
    onProgress: OnProgress,
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * Reads an exported file back, runs it beside the weights that it was made of, and compares.
   *
   * @throws what reading the file throws
   */
  verify(
    weightsId: Id,
    kind: ModelKind,
    file: File,
    onProgress: OnProgress,
    signal: AbortSignal,
  ): Promise<Verification>;
  /** Where the framed verify.html answers (llama.api.ts). */
  connectLlama(port: MessagePort): Promise<void>;
  /**
   * Runs a saved GGUF in llama.cpp, beside the weights that it was made of.
   *
   * @throws llama-*
   */
  verifyInLlama(
    weightsId: Id,
    kind: LlamaKind,
    file: File,
    onProgress: OnProgress,
    signal: AbortSignal,
  ): Promise<Verification>;
}

// What is exported, in which format, and where the file goes.
import type { ExportKind, ExportResult } from '../../../base/wire/requests';
import type { CheckpointSummary } from '../../../base/records/checkpoint';
import type { Id } from '../../../base/records/named';
import type { RunRecord } from '../../../base/records/run';
import { dataWorker } from '../../remote';
import { download } from '../../browser/download';
import { models } from '../../state/models.svelte';
import { runs } from '../../state/runs.svelte';
import { Job } from '../../state/job.svelte';
import { VerifyState, type Saved } from './verify.svelte';

/**
 * Where Chromium lets a page write a file that the person picked (File System Access); TypeScript's DOM has no such
 * name.
 */
interface SavePicker {
  showSaveFilePicker(options: {
    suggestedName: string;
    types: { description: string; accept: Record<string, string[]> }[];
  }): Promise<FileSystemFileHandle>;
}
const canPick = (scope: object): scope is SavePicker => 'showSaveFilePicker' in scope;

const WHOLE_KINDS: readonly ExportKind[] = ['safetensors', 'gguf-f16', 'gguf-q8', 'ollama'];
const ADAPTER_KINDS: readonly ExportKind[] = ['peft', 'gguf-lora'];

/** What can be written of a run or, without one, of a kept model. */
function kindsOf(run: RunRecord | undefined): readonly ExportKind[] {
  const goesOn = run?.preparedId !== undefined && run.settings !== undefined;
  return [...WHOLE_KINDS, ...(run?.lora ? ADAPTER_KINDS : []), ...(goesOn ? (['job'] as const) : [])];
}

export class ExportState {
  runId = $state<Id>();
  checkpointId = $state<Id>();
  checkpoints = $state.raw<readonly CheckpointSummary[]>([]);
  #kind = $state<ExportKind>('safetensors');
  result = $state.raw<Omit<ExportResult, 'blob'>>();
  /** The file of `result`, to be read back. */
  saved = $state.raw<Saved>();
  readonly task = new Job();
  readonly verifying = new VerifyState();

  /** The kept model that is taken away itself. */
  model = $derived(models.byId(this.runId));
  run = $derived(runs.list.find((run) => run.id === this.runId));

  kinds = $derived<readonly ExportKind[]>(kindsOf(this.run));
  kind = $derived(this.kinds.includes(this.#kind) ? this.#kind : 'safetensors');
  weightsId = $derived(this.model?.id ?? this.checkpointId);

  chooseKind(kind: ExportKind): void {
    this.#kind = kind;
    this.#forget();
  }

  /** What was saved is of another choice. */
  #forget(): void {
    this.result = undefined;
    this.saved = undefined;
    this.verifying.clear();
  }

  chooseCheckpoint(id: Id): void {
    this.checkpointId = id;
    this.#forget();
  }

  async choose(runId: Id, checkpointId?: Id): Promise<void> {
    const other = runId !== this.runId || (checkpointId !== undefined && checkpointId !== this.checkpointId);
    if (runId !== this.runId) this.checkpointId = undefined; // until its own are known there is nothing of it to save
    this.runId = runId;
    if (other) this.#forget();
    const checkpoints = models.byId(runId) ? [] : await dataWorker.listCheckpoints(runId);
    if (this.runId !== runId) return;
    this.checkpoints = checkpoints.toSorted((a, b) => b.step - a.step);
    const known = checkpoints.find((c) => c.id === checkpointId) ?? checkpoints.find((c) => c.best);
    this.checkpointId = (known ?? this.checkpoints[0])?.id;
  }

  /** Writes the export to the file that the person picks, or hands it to the browser's downloads. */
  async save(fileName: string, description: string): Promise<void> {
    const { weightsId, kind } = this;
    if (!weightsId || this.task.running) return;
    this.#forget();
    const file = await pickFile(fileName, description);
    if (file === 'cancelled') return;
    await this.task.run(async (onProgress, signal) => {
      const opened = file && (await openTarget(file));
      try {
        const { blob, ...result } = await dataWorker.exportModel(weightsId, kind, opened?.target, onProgress, signal);
        await opened?.written;
        if (blob) download(result.fileName, blob);
        this.result = result;
        const name = file?.name ?? result.fileName;
        const open = async (): Promise<File> => file?.getFile() ?? new File([blob!], name);
        if (kind !== 'job') this.saved = { weightsId, kind, fileName: name, open };
      } catch (thrown) {
        opened?.discard();
        throw thrown;
      }
    });
  }
}

async function pickFile(
  fileName: string,
  description: string,
): Promise<FileSystemFileHandle | 'cancelled' | undefined> {
  if (!canPick(window)) return undefined;
  const accept: Record<string, string[]> = fileName.endsWith('.zip')
    ? { 'application/zip': ['.zip'] }
    : { 'application/octet-stream': ['.gguf'] };
  const types = [{ description, accept }];
  try {
    return await window.showSaveFilePicker({ suggestedName: fileName, types });
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') return 'cancelled';
    throw thrown;
  }
}

interface OpenTarget {
  /** For the worker, which takes it over. */
  target: WritableStream<Uint8Array>;
  /** Settles when all is on disk. */
  written: Promise<void>;
  /** Leaves the file as it was. */
  discard(): void;
}

/** The file's own stream can't be moved to a worker; a pipe can, and the bytes only pass through the page. */
async function openTarget(handle: FileSystemFileHandle): Promise<OpenTarget> {
  const file = await handle.createWritable();
  const pipe = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
  const abort = new AbortController();
  const written = pipe.readable.pipeTo(file, { signal: abort.signal });
  written.catch(() => undefined); // a broken pipe also fails the worker's write, which is the one that is reported
  return { target: pipe.writable, written, discard: () => abort.abort() };
}

export const exporting = new ExportState();

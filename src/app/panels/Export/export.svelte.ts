// What the Export screen shows: the weights that are chosen, the kinds and file names that the worker gives for them,
// and the file that was saved last.
import { asAtelierError } from '../../../base/errors/errors';
import { holdsModel, type ExportKind } from '../../../base/wire/exportKinds';
import type { ExportChoice } from '../../../base/wire/guides';
import type { ExportResult } from '../../../base/wire/requests';
import type { CheckpointSummary } from '../../../base/records/checkpoint';
import type { ModelRecord } from '../../../base/records/model';
import type { Id } from '../../../base/records/named';
import type { RunRecord } from '../../../base/records/run';
import type { DataApi } from '../../../../workers/data.api';
import { Job } from '../../state/job.svelte';
import { openTarget, type PickedFile } from './saveFile';
import type { Saved, VerifyState } from './verify.svelte';

/** What the state is built on; tests hand in their own. */
export interface ExportWorld {
  data: Pick<DataApi, 'exportChoices' | 'exportModel' | 'listCheckpoints'>;
  runs: { readonly list: readonly RunRecord[] };
  models: { byId(id: Id | undefined): ModelRecord | undefined };
  verifying: VerifyState;
  pickFile(suggestedName: string, kind: ExportKind, description: string): Promise<PickedFile>;
  download(fileName: string, blob: Blob): void;
  /** What is written into a zip beside the model: how the file is run. */
  guideOf(choice: ExportChoice, saved: string): string | undefined;
}

export class ExportState {
  readonly #world: ExportWorld;
  readonly verifying: VerifyState;
  readonly task = new Job();

  runId = $state<Id>();
  checkpointId = $state<Id>();
  checkpoints = $state.raw<readonly CheckpointSummary[]>([]);
  #kind = $state<ExportKind>('safetensors');
  /** Of the weights that were looked at last. */
  #choices = $state.raw<{ weightsId?: Id; list: readonly ExportChoice[] }>({ list: [] });
  result = $state.raw<Omit<ExportResult, 'blob'>>();
  /** The file of `result`, to be read back. */
  saved = $state.raw<Saved>();

  /** The stored model that is exported itself. */
  model = $derived.by(() => this.#world.models.byId(this.runId));
  run = $derived.by(() => this.#world.runs.list.find((run) => run.id === this.runId));
  weightsId = $derived(this.model?.id ?? this.checkpointId);
  /** In which kinds the weights that were looked at last can be saved. */
  choices = $derived<readonly ExportChoice[]>(this.#choices.list);
  kinds = $derived<readonly ExportKind[]>(this.choices.map(({ kind }) => kind));
  kind = $derived(this.kinds.includes(this.#kind) ? this.#kind : 'safetensors');
  /** Undefined until the worker has told of these weights. */
  choice = $derived(
    this.#choices.weightsId === this.weightsId ? this.choices.find(({ kind }) => kind === this.kind) : undefined,
  );
  fileName = $derived(this.choice?.fileName);

  constructor(world: ExportWorld) {
    this.#world = world;
    this.verifying = world.verifying;
  }

  chooseKind(kind: ExportKind): void {
    this.#kind = kind;
    this.#forget();
  }

  /** What was saved, or failed, is of another choice. */
  #forget(): void {
    this.task.dismiss();
    this.result = undefined;
    this.saved = undefined;
    this.verifying.clear();
  }

  async chooseCheckpoint(id: Id): Promise<void> {
    this.checkpointId = id;
    this.#forget();
    await this.#look();
  }

  async choose(runId: Id, checkpointId?: Id): Promise<void> {
    const other = runId !== this.runId || (checkpointId !== undefined && checkpointId !== this.checkpointId);
    if (runId !== this.runId) this.checkpointId = undefined; // until its own are known there is nothing of it to save
    this.runId = runId;
    if (other) this.#forget();
    const { data, models } = this.#world;
    const checkpoints = models.byId(runId) ? [] : await data.listCheckpoints(runId);
    if (this.runId !== runId) return;
    this.checkpoints = checkpoints.toSorted((a, b) => b.step - a.step);
    const known = checkpoints.find((c) => c.id === checkpointId) ?? checkpoints.find((c) => c.best);
    this.checkpointId = (known ?? this.checkpoints[0])?.id;
    await this.#look();
  }

  /** Asks for kinds and names now: once Save is pressed, the dialog must open before anything is awaited. */
  async #look(): Promise<void> {
    const { weightsId } = this;
    if (!weightsId) return;
    try {
      const list = await this.#world.data.exportChoices(weightsId);
      if (this.weightsId === weightsId) this.#choices = { weightsId, list };
    } catch (thrown) {
      if (this.weightsId === weightsId) this.task.error = asAtelierError(thrown);
    }
  }

  /** The guide of a file that cannot hold it, as a file beside it. */
  saveGuide(): void {
    const { choice } = this;
    if (!choice) return;
    const saved = this.result?.fileName ?? choice.fileName;
    const guide = this.#world.guideOf(choice, saved);
    if (guide !== undefined) this.#world.download(`${saved}.GUIDE.md`, new Blob([guide], { type: 'text/markdown' }));
  }

  /** Writes the export to the file that the person picks, or hands it to the browser's downloads. */
  async save(description: string): Promise<void> {
    const { weightsId, kind, choice } = this;
    if (!weightsId || !choice || this.task.running) return;
    const { fileName } = choice;
    this.#forget();
    const file = await this.#world.pickFile(fileName, kind, description);
    if (file === 'cancelled') return;
    const guide = this.#world.guideOf(choice, file?.name ?? fileName);
    await this.task.run(async (onProgress, signal) => {
      const opened = file && (await openTarget(file));
      try {
        const { data, download } = this.#world;
        const { blob, ...written } = await data.exportModel(weightsId, kind, guide, opened?.target, onProgress, signal);
        await opened?.written;
        if (blob) download(written.fileName, blob);
        // the person may have typed another name than the one offered
        this.result = { ...written, fileName: file?.name ?? written.fileName };
        const named = this.result.fileName;
        const open = async (): Promise<File> => file?.getFile() ?? new File([blob!], named);
        if (holdsModel(kind)) this.saved = { weightsId, kind, fileName: named, open };
      } catch (thrown) {
        opened?.discard();
        throw thrown;
      }
    });
  }
}

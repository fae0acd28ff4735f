// A studio on the GPU with rows and a small stored model, as tests of fine-tuning share it: its runs, stops and reloads.
import type { RunEvent } from '../../src/base/wire/events';
import { parameterCount, type ModelShape } from '../../src/base/modelShape';
import type { TokenizerKind } from '../../src/base/tokenizerModel';
import { defaultSettings, type TrainSettings } from '../../src/base/settings/trainSettings';
import type { PrepareRequest, RunRequest } from '../../src/base/wire/requests';
import { initialWeights } from '../../src/engine/models/weights';
import type { AtelierDb } from '../../src/storage/db';
import { addModel } from '../../src/storage/models';
import { ComputeStudio } from '../../src/studio/computeStudio';
import { importFile } from '../../src/studio/data/importData';
import { prepare } from '../../src/studio/data/prepare';
import { trainTokenizer } from '../../src/studio/data/trainTokenizer';
import { freshStorage } from '../storage/storage';
import { hasEnded, hasStatus, outcomeOf, untilEvent, type Outcome } from './studioOnGpu';

const SHAPE: Omit<ModelShape, 'vocabSize'> = {
  ...{ hiddenSize: 16, intermediateSize: 24, layers: 1, heads: 2, kvHeads: 1, headDim: 8 },
  ...{ contextLength: 32, ropeTheta: 10_000, normEps: 1e-5 },
};

const fileOf = (rows: readonly object[]): File =>
  new File([rows.map((row) => JSON.stringify(row)).join('\n')], 'rows.jsonl');

export class TuningOnGpu {
  studio!: ComputeStudio;
  /** What the studio told since it was opened last. */
  events!: RunEvent[];

  private constructor(
    readonly db: AtelierDb,
    private readonly base: Partial<TrainSettings>,
    readonly tokenizerId: string,
    readonly modelId: string,
    public datasetId: string,
  ) {
    this.reopen();
  }

  /**
   * @param base settings of its runs
   * @param patch of the model
   */
  static async open(
    rows: readonly object[],
    vocabSize: number,
    base: Partial<TrainSettings>,
    patch: Partial<ModelShape> = {},
    kind: TokenizerKind = 'bpe',
  ): Promise<TuningOnGpu> {
    const db = await freshStorage();
    const { id } = await importFile(db, fileOf(rows));
    const tokenizer = await trainTokenizer(db, { name: 't', kind, vocabSize, datasetIds: [id] });
    const model: ModelShape = { ...SHAPE, vocabSize: tokenizer.vocabSize, ...patch };
    const tensors = [...initialWeights(model, 5)].map(({ bytes, ...spec }) => ({
      spec,
      parts: async function* () {
        yield await Promise.resolve(bytes);
      },
    }));
    const draft = {
      ...{ name: 'm', source: 'm', model, parameters: parameterCount(model) },
      ...{ tokenizerId: tokenizer.id, endTokenIds: [tokenizer.endId] },
    };
    return new TuningOnGpu(db, base, tokenizer.id, (await addModel(db, draft, tensors)).id, id);
  }

  /** As after a reload: the storage is all that is left. */
  reopen(): void {
    this.studio = new ComputeStudio(this.db);
    const events: RunEvent[] = (this.events = []);
    this.studio.subscribe((batch) => events.push(...batch));
  }

  /** What its runs are trained on from now on. */
  async useRows(rows: readonly object[]): Promise<void> {
    this.datasetId = (await importFile(this.db, fileOf(rows))).id;
  }

  /** What its runs read, as it is prepared. */
  askedFor(weightsId = this.modelId, task = this.base.task): PrepareRequest {
    const { datasetId, tokenizerId } = this;
    const asked = { datasetIds: [datasetId], tokenizerId, seed: 1, validationShare: 0.2, weightsId };
    return { ...asked, ...(task && { task }) };
  }

  async requestOf(patch: Partial<TrainSettings> = {}, weightsId = this.modelId): Promise<RunRequest> {
    const settings = { ...defaultSettings(), ...this.base, ...patch };
    const { id: preparedId } = await prepare(this.db, this.askedFor(weightsId, settings.task));
    const { tokenizerId } = this;
    return { name: 'r', start: { kind: 'weights', weightsId }, preparedId, tokenizerId, settings };
  }

  until(fits: (event: RunEvent) => boolean): Promise<void> {
    return untilEvent(() => this.events, fits);
  }

  ended(): Promise<void> {
    return this.until(hasEnded);
  }

  outcome(runId: string): Promise<Outcome> {
    return outcomeOf(this.db, runId);
  }

  /** The outcome of a run that was stopped behind a step and resumed after a reload. */
  async cutAndResumed(request: RunRequest, step: number): Promise<Outcome> {
    this.reopen();
    const cut = await this.studio.start(request);
    await this.until((e) => e.type === 'step' && e.point.step >= step);
    this.studio.stop();
    await this.ended();
    this.reopen();
    await this.studio.resume(cut.id);
    await this.until(hasStatus('finished'));
    return this.outcome(cut.id);
  }
}

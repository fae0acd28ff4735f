// A studio on the GPU with a small text, as tests of runs, answers and lost devices share it: its events, its devices.
import { DEFAULT_SAMPLING, type Generated } from '../../src/base/chat';
import { defaultSettings, type TrainSettings } from '../../src/base/settings/trainSettings';
import type { RunEvent } from '../../src/base/wire/events';
import type { ModelShape } from '../../src/base/modelShape';
import type { CheckpointManifest } from '../../src/base/records/checkpoint';
import type { RunRecord } from '../../src/base/records/run';
import { listCheckpoints } from '../../src/storage/checkpoints';
import type { AtelierDb, SettingRecord } from '../../src/storage/db';
import { readHistory } from '../../src/storage/runs';
import { ComputeStudio } from '../../src/studio/computeStudio';
import { importText } from '../../src/studio/data/importData';
import { prepare } from '../../src/studio/data/prepare';
import { trainTokenizer } from '../../src/studio/data/trainTokenizer';
import { dawn } from '../dawn';
import { freshStorage } from '../storage/storage';

const SHAPE: Omit<ModelShape, 'vocabSize'> = {
  hiddenSize: 16,
  intermediateSize: 24,
  layers: 1,
  heads: 2,
  kvHeads: 1,
  headDim: 8,
  contextLength: 16,
  ropeTheta: 10_000,
  normEps: 1e-5,
};
const CONFIG: Partial<TrainSettings> = {
  contextLength: 16,
  batchSize: 2,
  steps: 12,
  validationEvery: 4,
  saveEverySteps: 4,
  sampleEvery: 6,
  learningRate: 5e-3,
};

/** Every device that a studio opens from now on, so that a test can take one away, as a driver does. */
export function watchedDevices(): GPUDevice[] {
  const devices: GPUDevice[] = [];
  const api = dawn();
  const requestAdapter = api.requestAdapter.bind(api);
  api.requestAdapter = async (options) => {
    const adapter = await requestAdapter(options);
    const requestDevice = adapter!.requestDevice.bind(adapter);
    adapter!.requestDevice = async (descriptor) => {
      const device = await requestDevice(descriptor);
      devices.push(device);
      return device;
    };
    return adapter;
  };
  return devices;
}

export const hasStatus = (status: string) => (e: RunEvent) => e.type === 'run' && e.run.status === status;
export const hasEnded = (e: RunEvent): boolean => hasStatus('finished')(e) || hasStatus('stopped')(e);
export const sleep = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

/** Waits until an event fits; a failed run ends the wait with its error. */
export async function untilEvent(events: () => readonly RunEvent[], fits: (event: RunEvent) => boolean): Promise<void> {
  while (!events().some(fits)) {
    const error = events().find((e) => e.type === 'error');
    if (error) throw new Error(JSON.stringify(error));
    await sleep(20);
  }
}

/** What is stored of a run: its losses and its last checkpoint. */
export interface Outcome {
  losses: number[];
  id: string;
  hash: string;
}

export async function outcomeOf(db: AtelierDb, runId: string): Promise<Outcome> {
  const losses = (await readHistory(db, runId)).flatMap((part) => part.steps.map((p) => p.loss));
  const [last] = await listCheckpoints(db, runId);
  return { losses, id: last!.id, hash: last!.weightsSha256 };
}

export class StudioOnGpu {
  readonly studio: ComputeStudio;
  readonly events: RunEvent[] = [];

  private constructor(
    readonly db: AtelierDb,
    readonly preparedId: string,
    readonly tokenizerId: string,
    public vocabSize: number,
  ) {
    this.studio = new ComputeStudio(db);
    this.studio.subscribe((batch) => this.events.push(...batch));
  }

  /** @param tuning what an earlier visit measured */
  static async open(tuning?: SettingRecord): Promise<StudioOnGpu> {
    const db = await freshStorage();
    if (tuning) await db.put('settings', tuning);
    const rows = Array.from(
      { length: 40 },
      (_, i) => `Row ${i} says that the ${i % 3 ? 'fox' : 'owl'} sat on box ${i * 7}.`,
    );
    const text = await importText(db, 't', rows.join('\n\n'));
    const asked = { name: 't', kind: 'bpe' as const, vocabSize: 270, datasetIds: [text.id] };
    const { id: tokenizerId, vocabSize } = await trainTokenizer(db, asked);
    const { id } = await prepare(db, { datasetIds: [text.id], tokenizerId, seed: 1, validationShare: 0.2 });
    return new StudioOnGpu(db, id, tokenizerId, vocabSize);
  }

  start(patch: Partial<TrainSettings> = {}): Promise<RunRecord> {
    const { preparedId, tokenizerId, vocabSize } = this;
    const start = { kind: 'scratch' as const, model: { ...SHAPE, vocabSize } };
    const settings = { ...defaultSettings(), ...CONFIG, ...patch };
    return this.studio.start({ name: 'r', start, preparedId, tokenizerId, settings });
  }

  ask(weightsId: string, maxTokens = 5, signal = new AbortController().signal): Promise<Generated> {
    const sampling = { ...DEFAULT_SAMPLING, temperature: 0, maxTokens };
    return this.studio.generate({ weightsId, prompt: 'Row', stop: [], sampling }, () => undefined, signal);
  }

  until(fits: (event: RunEvent) => boolean): Promise<void> {
    return untilEvent(() => this.events, fits);
  }

  async manifestOf(runId: string): Promise<CheckpointManifest> {
    const [last] = await listCheckpoints(this.db, runId);
    return (await this.db.get('checkpoints', last!.id))!;
  }

  /** What two runs of the same bits share. */
  async outcome(runId: string): Promise<Pick<Outcome, 'losses' | 'hash'>> {
    const { losses, hash } = await outcomeOf(this.db, runId);
    return { losses, hash };
  }
}

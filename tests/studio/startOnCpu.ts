// A studio on the CPU and a small run on it, from text to start, for tests that need no GPU.
import { vi } from 'vitest';
import { defaultSettings, type TrainSettings } from '../../src/base/settings/trainSettings';
import type { RunRecord } from '../../src/base/records/run';
import type { RunRequest } from '../../src/base/wire/requests';
import type { AtelierDb } from '../../src/storage/db';
import { keepCompute } from '../../src/storage/settings';
import { ComputeStudio } from '../../src/studio/computeStudio';
import { importText } from '../../src/studio/data/importData';
import { prepare } from '../../src/studio/data/prepare';
import { trainTokenizer } from '../../src/studio/data/trainTokenizer';
import { freshStorage, MODEL } from '../storage/storage';

const ROWS = Array.from({ length: 30 }, (_, i) => `Row ${i} says that the fox sat on box ${i * 7}.`);

/** A studio on the CPU over an empty storage, and the records that it tells of its runs. */
export async function openOnCpu(): Promise<{ db: AtelierDb; studio: ComputeStudio; told: RunRecord[] }> {
  vi.stubGlobal('navigator', { hardwareConcurrency: 2 });
  const db = await freshStorage();
  await keepCompute(db, 'cpu');
  const studio = new ComputeStudio(db);
  const told: RunRecord[] = [];
  studio.subscribe((events) => void told.push(...events.flatMap((e) => (e.type === 'run' ? [e.run] : []))));
  return { db, studio, told };
}

export async function closeOnCpu(studio: ComputeStudio): Promise<void> {
  await studio.computeOn('gpu');
  vi.unstubAllGlobals();
}

export const startOnCpu = async (
  db: AtelierDb,
  studio: ComputeStudio,
  patch: Partial<TrainSettings>,
): Promise<RunRecord> => studio.start(await requestOnCpu(db, patch));

export async function requestOnCpu(db: AtelierDb, patch: Partial<TrainSettings>): Promise<RunRequest> {
  const { id } = await importText(db, 't', ROWS.join('\n\n'));
  const made = await trainTokenizer(db, { name: 't', kind: 'bpe', vocabSize: 270, datasetIds: [id] });
  const { id: tokenizerId, vocabSize } = made;
  const prepared = await prepare(db, { datasetIds: [id], tokenizerId, seed: 1, validationShare: 0.1 });
  const quiet = { sampleEvery: 0, validationEvery: 0, saveEverySteps: 0, saveEveryMinutes: 0 };
  const size = { contextLength: 8, batchSize: 2, steps: 8 };
  return {
    name: 'r',
    start: { kind: 'scratch', model: { ...MODEL, headDim: 4, vocabSize } },
    preparedId: prepared.id,
    tokenizerId,
    settings: { ...defaultSettings(), ...quiet, ...size, ...patch },
  };
}

// Databases that the studio of storage versions 3 and 4 wrote open today, and a stopped run ends in the weights and
// losses of then.
import { beforeAll, expect, test } from 'vitest';
import { DEFAULT_SAMPLING } from '../../src/base/chat';
import type { Id } from '../../src/base/records/named';
import { defaultSettings, type TrainSettings } from '../../src/base/settings/trainSettings';
import type { RunEvent } from '../../src/base/wire/events';
import { listCheckpoints } from '../../src/storage/checkpoints';
import type { AtelierDb } from '../../src/storage/db';
import { readHistory } from '../../src/storage/runs';
import { ComputeStudio } from '../../src/studio/computeStudio';
import { importText } from '../../src/studio/data/importData';
import { prepare } from '../../src/studio/data/prepare';
import { trainTokenizer } from '../../src/studio/data/trainTokenizer';
import { dawn } from '../dawn';
import { dumped, readOldDatabase, upgraded, writeOldDatabase } from '../storage/databases';
import { freshStorage } from '../storage/storage';

// Databases that earlier versions wrote are opened, talked to and resumed. The run on the CPU must end with the very
// weights that the old version came to without interruption; the CPU path gives the same bits on every machine. Before
// a migration is written, `WRITE_FIXTURES=1` with this file keeps a database of the version that it will replace.

beforeAll(() => void dawn());

interface Watched {
  studio: ComputeStudio;
  has(status: string): Promise<void>;
}

function watched(db: AtelierDb): Watched {
  const studio = new ComputeStudio(db);
  let events: RunEvent[] = [];
  studio.subscribe((batch) => events.push(...batch));
  const found = (status: string) =>
    events.some((e) => (e.type === 'run' ? e.run.status === status : e.type === status));
  const has = async (status: string): Promise<void> => {
    await expect.poll(() => found(status), { timeout: 100_000, interval: 5 }).toBe(true);
    events = [];
  };
  return { studio, has };
}

const lossesOf = async (db: AtelierDb, runId: Id): Promise<number[]> =>
  (await readHistory(db, runId)).flatMap((part) => part.steps.map(({ loss }) => loss));

const newest = async (db: AtelierDb, runId: Id) => (await listCheckpoints(db, runId))[0]!;

test.each([3, 4])(
  'a run that version %i stopped goes on to the bits that it would have come to then',
  async (version) => {
    const old = readOldDatabase(version);
    const db = await upgraded(old, `resumed-${version}`);
    const { studio, has } = watched(db);
    await studio.computeOn('cpu');
    await studio.resume(old.runId);
    await has('finished');
    expect(await newest(db, old.runId)).toMatchObject({ step: old.steps, weightsSha256: old.weightsSha256 });
    const losses = await lossesOf(db, old.runId);
    expect(losses).toHaveLength(old.steps);
    expect(losses.slice(-5)).toEqual(old.losses);

    await studio.computeOn('gpu');
    const sampling = { ...DEFAULT_SAMPLING, temperature: 0, maxTokens: 3 };
    const asked = { weightsId: (await newest(db, old.gpuRunId)).id, prompt: 'Row', stop: [], sampling };
    const { context } = await studio.generate(asked, () => undefined, new AbortController().signal);
    expect(context.prompt).toBeGreaterThan(0);
  },
);

/**
 * A database with a stopped run on the CPU, a finished one on the GPU, and what becomes of the first without
 * interruption.
 */
async function writeDatabase(): Promise<void> {
  const db = await freshStorage();
  const rows = Array.from({ length: 40 }, (_, i) => `Row ${i}: the ${i % 3 ? 'fox' : 'owl'} sat on box ${i * 7}.`);
  const datasetIds = [(await importText(db, 't', rows.join('\n\n'))).id];
  const { id: tokenizerId, vocabSize } = await trainTokenizer(db, {
    name: 't',
    kind: 'bpe',
    vocabSize: 270,
    datasetIds,
  });
  const { id: preparedId } = await prepare(db, { datasetIds, tokenizerId, seed: 1, validationShare: 0.2 });
  const { studio, has } = watched(db);
  const sizes = { hiddenSize: 8, intermediateSize: 12, layers: 1, heads: 2, kvHeads: 1, headDim: 4, contextLength: 16 };
  const model = { ...sizes, vocabSize, ropeTheta: 10_000, normEps: 1e-5 };
  const usual = { contextLength: 16, batchSize: 2, steps: 400, saveEverySteps: 50, sampleEvery: 0, learningRate: 5e-3 };
  const start = (name: string, patch: Partial<TrainSettings> = {}) => {
    const settings = { ...defaultSettings(), ...usual, validationEvery: 100, ...patch };
    return studio.start({ name, start: { kind: 'scratch', model }, preparedId, tokenizerId, settings });
  };
  await studio.computeOn('cpu');
  const whole = await start('whole');
  await has('finished');
  const { id: runId } = await start('stopped');
  await has('saved');
  studio.stop();
  await has('stopped');
  await studio.computeOn('gpu');
  const { id: gpuRunId } = await start('gpu', { steps: 12, validationEvery: 4, saveEverySteps: 4 });
  await has('finished');

  const kept = await Promise.all([runId, gpuRunId].map((id) => newest(db, id)));
  const keeps = (store: string, key: unknown, value: object): boolean => {
    if (store === 'checkpoints') return kept.some(({ id }) => id === key);
    if (store === 'checkpointChunks') return kept.some(({ id }) => id === (key as [Id, number])[0]);
    const of = store === 'runs' ? key : (value as { runId?: Id }).runId;
    return of !== whole.id;
  };
  const [losses, last] = [await lossesOf(db, whole.id), await newest(db, whole.id)];
  const outcome = { steps: losses.length, weightsSha256: last.weightsSha256, losses: losses.slice(-5) };
  writeOldDatabase({ version: db.version, runId, gpuRunId, ...outcome, stores: await dumped(db, keeps) });
}

if (process.env['WRITE_FIXTURES']) test('writes a database of today', writeDatabase);

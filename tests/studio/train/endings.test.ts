// How a run ends: what is stored of one that diverged, and a clean-up that fails.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { TrainSettings } from '../../../src/base/settings/trainSettings';
import type { RunRecord } from '../../../src/base/records/run';
import type { RunRequest } from '../../../src/base/wire/requests';
import { listCheckpoints } from '../../../src/storage/checkpoints';
import type { AtelierDb } from '../../../src/storage/db';
import { readHistory } from '../../../src/storage/runs';
import type { ComputeStudio } from '../../../src/studio/computeStudio';
import { waysOn } from '../../../src/studio/train/wayOn';
import { damage, failCommits } from '../../storage/storage';
import { closeOnCpu, openOnCpu, startOnCpu } from '../startOnCpu';

let db: AtelierDb;
let studio: ComputeStudio;
let told: RunRecord[];
let restore = (): void => undefined;

beforeEach(async () => {
  ({ db, studio, told } = await openOnCpu());
});
afterEach(async () => {
  restore();
  await closeOnCpu(studio);
});

const started = (patch: Partial<TrainSettings>): Promise<RunRecord> => startOnCpu(db, studio, patch);

/** The same run once more. */
const requestOf = ({ name, model, preparedId, tokenizerId, settings }: RunRecord): RunRequest => ({
  ...{ name, start: { kind: 'scratch', model }, preparedId: preparedId!, tokenizerId, settings: settings! },
});

const ended = (): Promise<RunRecord> =>
  vi.waitFor(
    () => told.find(({ status }) => !['running', 'paused'].includes(status)) ?? Promise.reject(new Error()),
    9000,
  );

test('a diverged run keeps the steps that it was not saved after', async () => {
  const { id } = await started({ optimizer: 'sgd', learningRate: 10, clipNorm: 0, steps: 400 });
  const { status, step, error } = await ended();
  expect([status, error?.code]).toEqual(['failed', 'loss-not-finite']);
  const steps = (await readHistory(db, id)).flatMap((part) => part.steps.map((p) => p.step));
  expect(step).toBeGreaterThan(0);
  expect(steps).toEqual(Array.from({ length: step }, (_, i) => i + 1));
});

/** From now on the first `times` deletes of a checkpoint fail; gives how many were tried. */
function failDeletes(times: number): () => number {
  const remove = IDBObjectStore.prototype.delete;
  restore = () => (IDBObjectStore.prototype.delete = remove);
  let tried = 0;
  IDBObjectStore.prototype.delete = function (this: IDBObjectStore, key) {
    if (this.name !== 'checkpoints' || tried++ >= times) return remove.call(this, key);
    throw new DOMException('no luck', 'UnknownError');
  };
  return () => tried;
}

test('older checkpoints that cannot be deleted are a notice, and the run goes on', async () => {
  failDeletes(Infinity);
  const { id } = await started({ saveEverySteps: 1 });
  expect((await ended()).status).toBe('finished');
  expect((await db.get('runs', id))?.notice?.code).toBe('prune-failed');
});

test('an older checkpoint that could not be deleted goes at a later save, and the notice with it', async () => {
  const tried = failDeletes(2);
  const { id } = await started({ saveEverySteps: 1 });
  expect((await ended()).status).toBe('finished');
  expect(tried()).toBeGreaterThan(2);
  expect((await db.get('runs', id))?.notice).toBeUndefined();
  expect((await listCheckpoints(db, id)).length).toBeLessThanOrEqual(3);
});

test('tokens that changed on the disk are made again before a run goes on, which then gives the same losses', async () => {
  const losses = async (id: string) => (await readHistory(db, id)).flatMap((part) => part.steps.map((p) => p.loss));
  const whole = await started({ saveEverySteps: 4 });
  await ended();
  const expected = await losses(whole.id);
  for (const { id, step } of await listCheckpoints(db, whole.id)) if (step > 4) await db.delete('checkpoints', id);
  const key = [whole.preparedId!, 0, 0] as const;
  await db.put(
    'tokenChunks',
    (await db.get('tokenChunks', [...key]))!.map((token) => token ^ 1),
    [...key],
  );
  told.length = 0;
  await studio.resume(whole.id);
  const { status, preparedId } = await ended();
  expect([status, await losses(whole.id)]).toEqual(['finished', expected]);
  expect(await db.getAllKeys('prepared')).toEqual([preparedId]);
  expect((await db.getAll('checkpoints')).map((of) => of.preparedId)).toEqual([preparedId, preparedId]);
});

test.each([
  ['its text is gone', 'prepared-missing', (request: RunRequest) => ({ ...request, preparedId: 'gone' })],
  ['its tokenizer is gone', 'tokenizer-missing', (request: RunRequest) => ({ ...request, tokenizerId: 'gone' })],
  [
    'its windows are longer than the model reads',
    'context-too-long',
    (request: RunRequest) => ({ ...request, settings: { ...request.settings, contextLength: 2048 } }),
  ],
] as const)('a start that fails leaves no run: %s', async (_, code, change) => {
  const { id, ...whole } = await started({});
  await ended();
  await expect(studio.start(change(requestOf({ id, ...whole })))).rejects.toMatchObject({ code });
  expect((await db.getAll('runs')).map((run) => run.id)).toEqual([id]);
  expect(studio.current()).toBeUndefined();
  told.length = 0;
  await studio.start(requestOf({ id, ...whole }));
  expect((await ended()).status).toBe('finished');
});

test('a run whose record finds no room has not begun', async () => {
  const { id, ...whole } = await started({});
  await ended();
  restore = failCommits('runs', 'QuotaExceededError', 1);
  await expect(studio.start(requestOf({ id, ...whole }))).rejects.toMatchObject({ code: 'storage-full' });
  expect((await db.getAll('runs')).map((run) => run.id)).toEqual([id]);
  expect(studio.current()).toBeUndefined();
});

test('a full storage lets a run wait with its weights, and it ends as if nothing had been', async () => {
  const weights = async (id: string) => (await listCheckpoints(db, id))[0]?.weightsSha256;
  const whole = await started({ saveEverySteps: 4 });
  await ended();
  told.length = 0;
  restore = failCommits('checkpoints', 'QuotaExceededError');
  const { id } = await studio.start({ ...requestOf(whole), name: 'waits' });
  await vi.waitFor(() => expect(told.at(-1)?.notice?.code).toBe('run-waits-for-room'), 9000);
  expect([told.at(-1)?.status, told.at(-1)?.step]).toEqual(['paused', 4]);
  expect((await db.get('runs', id))?.notice).toBeUndefined();
  restore();
  studio.continue();
  const { status, notice } = await ended();
  expect([status, notice, await weights(id)]).toEqual(['finished', undefined, await weights(whole.id)]);
});

test('a run that ends while it waits for room does not say that it waits', async () => {
  restore = failCommits('checkpoints', 'QuotaExceededError');
  const { id } = await started({ saveEverySteps: 4 });
  await vi.waitFor(() => expect(told.at(-1)?.notice?.code).toBe('run-waits-for-room'), 9000);
  restore();
  restore = failCommits('checkpointChunks', 'QuotaExceededError');
  studio.stop();
  const { status, error, notice } = await ended();
  expect([status, error?.code, notice]).toEqual(['interrupted', 'storage-full', undefined]);
  await vi.waitFor(async () => expect((await db.get('runs', id))?.status).toBe('interrupted'));
  expect((await db.get('runs', id))?.notice).toBeUndefined();
});

test('a full storage ends no run that only pauses or goes on', async () => {
  const { id } = await started({ steps: 400, saveEverySteps: 0 });
  studio.pause();
  await vi.waitFor(() => expect(told.at(-1)?.status).toBe('paused'), 9000);
  restore = failCommits('runs', 'QuotaExceededError');
  const { step } = told.at(-1)!;
  studio.continue();
  await vi.waitFor(() => expect(told.at(-1)?.step).toBeGreaterThan(step), 9000);
  restore();
  studio.stop();
  expect((await ended()).status).toBe('stopped');
  expect((await db.get('runs', id))?.error).toBeUndefined();
});

test('before a run waits, what may go makes room', async () => {
  const whole = await started({ saveEverySteps: 1 });
  await ended();
  const kept = (await listCheckpoints(db, whole.id)).length;
  told.length = 0;
  restore = failCommits('checkpoints', 'QuotaExceededError', 1);
  await studio.start({ ...requestOf(whole), name: 'second' });
  expect((await ended()).status).toBe('finished');
  expect(told.filter(({ status }) => status === 'paused')).toEqual([]);
  expect((await listCheckpoints(db, whole.id)).length).toBeLessThan(kept);
});

const DIVERGING = { optimizer: 'sgd', learningRate: 10, clipNorm: 0, steps: 400, schedule: 'constant' } as const;

test('a diverged run goes on from its last good checkpoint at a quarter of its rate, and its record keeps both', async () => {
  const { id } = await started({ ...DIVERGING, warmupShare: 0, saveEverySteps: 2 });
  expect((await ended()).status).toBe('failed');
  const { slower, from } = (await waysOn(db))[id]!;
  expect(slower).toMatchObject({ rate: 2.5 });
  expect(slower!.from).toBeLessThanOrEqual(from!);
  told.length = 0;
  const resumed = await studio.resumeSlower(id);
  expect(resumed).toMatchObject({
    step: slower!.from,
    settings: { learningRate: 2.5 },
    changes: [{ step: slower!.from, before: 10, learningRate: 2.5 }],
    notice: { code: 'rate-lowered', facts: { step: slower!.from, before: 10, rate: 2.5 } },
  });
  expect(resumed.error).toBeUndefined();
  await ended();
  const points = (await readHistory(db, id)).flatMap((part) => part.steps);
  const rates = (after: boolean) => new Set(points.filter((p) => p.step > slower!.from === after).map((p) => p.rate));
  expect([rates(false), rates(true)]).toEqual([new Set(slower!.from > 0 ? [10] : []), new Set([2.5])]);
  expect((await db.get('runs', id))?.settings?.learningRate).toBe(2.5);
});

test('what a lowered rate left behind is not resumed from, though it is the newest on the disk', async () => {
  const { id } = await started({ ...DIVERGING, warmupShare: 0, saveEverySteps: 2 });
  await ended();
  const manifests = await db.getAll('checkpoints');
  const first = Math.min(...manifests.map(({ step }) => step));
  const run = (await db.get('runs', id))!;
  await db.put('runs', { ...run, changes: [{ step: first, at: Date.now() + 1, before: 10, learningRate: 2.5 }] });
  expect(manifests.some(({ step }) => step > first)).toBe(true);
  expect((await waysOn(db))[id]!.from).toBe(first);
  told.length = 0;
  expect((await studio.resume(id)).step).toBe(first);
  await ended();
});

test('weights whose very next step was not finite are none to go on from, at whatever rate', async () => {
  const { id } = await started({ steps: 400, saveEverySteps: 2 });
  await vi.waitFor(async () => expect((await db.getAll('checkpoints')).length).toBeGreaterThan(1), 9000);
  studio.stop();
  await ended();
  const steps = (await db.getAll('checkpoints')).map(({ step }) => step).toSorted((a, b) => a - b);
  const [newest, before] = [steps.at(-1)!, steps.at(-2)!];
  const failedAt = async (step: number): Promise<number | undefined> => {
    const error = { code: 'loss-not-finite', facts: { what: 'gradient norm', step: step + 1 } };
    await db.put('runs', { ...(await db.get('runs', id))!, status: 'failed', step, error });
    return (await waysOn(db))[id]!.slower?.from;
  };
  expect(await failedAt(newest + 1)).toBe(newest);
  expect(await failedAt(newest)).toBe(before);
  expect((await studio.resumeSlower(id)).step).toBe(before);
  studio.stop();
  await vi.waitFor(async () => expect((await db.get('runs', id))!.status).toBe('stopped'), 9000);
  for (const { id: key } of await db.getAll('checkpoints')) await db.delete('checkpoints', key);
  expect(await failedAt(before)).toBe(0);
});

test('a run says before the click whether, and from where, it can be resumed', async () => {
  const { id } = await started({ steps: 400 });
  studio.stop();
  await ended();
  const kept = await db.getAll('checkpoints');
  expect((await waysOn(db))[id]).toEqual({ from: kept[0]!.step });
  for (const checkpoint of kept) await db.delete('checkpoints', checkpoint.id);
  expect((await waysOn(db))[id]).toEqual({});
  const run = (await db.get('runs', id))!;
  await db.put('runs', { ...run, origin: { kind: 'model', modelId: 'gone', name: 'base' } });
  expect((await waysOn(db))[id]?.refusal?.code).toBe('model-missing');
  await db.put('runs', { ...run, origin: { kind: 'checkpoint', checkpointId: 'gone', runName: 'b', step: 1 } });
  expect((await waysOn(db))[id]?.refusal?.code).toBe('checkpoint-missing');
  await db.put('runs', run);
  await db.clear('prepared');
  expect((await waysOn(db))[id]?.refusal?.code).toBe('data-changed');
});

test('a run that goes on from before its damaged checkpoint cuts its curve there, and says so', async () => {
  const { id } = await started({ saveEverySteps: 4 });
  await ended();
  const losses = async () => (await readHistory(db, id)).flatMap((part) => part.steps.map((p) => [p.step, p.loss]));
  const whole = await losses();
  const [latest] = await listCheckpoints(db, id);
  await damage(db, latest!.id, 0);
  const errors: string[] = [];
  studio.subscribe((events) => void errors.push(...events.flatMap((e) => (e.type === 'error' ? [e.code] : []))));
  told.length = 0;
  await studio.resume(id);
  expect((await ended()).status).toBe('finished');
  expect(await losses()).toEqual(whole);
  expect(errors).toEqual(['checkpoint-damaged']);
});

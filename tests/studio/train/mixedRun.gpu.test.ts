// Runs that mix texts, from the request to the stored curves: exact shares, exact resumption, a loss for each text.
import { beforeAll, describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/base/wire/events';
import type { ModelShape } from '../../../src/base/modelShape';
import type { MixedText } from '../../../src/base/records/mix';
import type { Task } from '../../../src/base/records/prepared';
import { defaultSettings, type TrainSettings } from '../../../src/base/settings/trainSettings';
import type { RunRequest } from '../../../src/base/wire/requests';
import { listCheckpoints } from '../../../src/storage/checkpoints';
import type { AtelierDb } from '../../../src/storage/db';
import { getRun, readHistory } from '../../../src/storage/runs';
import { ComputeStudio } from '../../../src/studio/computeStudio';
import { importText } from '../../../src/studio/data/importData';
import { exportForms } from '../../../src/studio/export/exportForms';
import { prepare } from '../../../src/studio/data/prepare';
import { trainTokenizer } from '../../../src/studio/data/trainTokenizer';
import { dawn, LONG } from '../../dawn';
import { freshStorage } from '../../storage/storage';
import { hasStatus, untilEvent } from '../studioOnGpu';

const SHAPE: Omit<ModelShape, 'vocabSize'> = {
  ...{ hiddenSize: 16, intermediateSize: 24, layers: 1, heads: 2, kvHeads: 1, headDim: 8 },
  ...{ contextLength: 16, ropeTheta: 10_000, normEps: 1e-5 },
};
const SETTINGS: Partial<TrainSettings> = {
  ...{ contextLength: 16, batchSize: 2, steps: 40, validationEvery: 20, saveEverySteps: 0, sampleEvery: 0 },
  ...{ learningRate: 5e-3, durationUnit: 'steps' },
};

const texts = (what: string, count: number): string =>
  Array.from({ length: count }, (_, i) => `Row ${i} says that the ${what} sat on box ${i * 7}.`).join('\n\n');
const talks = (what: string, count: number): string =>
  Array.from({ length: count }, (_, i) =>
    JSON.stringify({
      messages: [
        { role: 'user', content: `${what} ${i}?` },
        { role: 'assistant', content: `It sat ${i * 7}.` },
      ],
    }),
  ).join('\n');
const pairs = (what: string, count: number): string =>
  Array.from({ length: count }, (_, i) =>
    JSON.stringify({ prompt: `${what} ${i}?`, chosen: `It sat ${i * 7}.`, rejected: `It ran ${i * 3}.` }),
  ).join('\n');
const MADE: Partial<Record<Task, typeof texts>> = { text: texts, chat: talks, orpo: pairs };

let db: AtelierDb;
let studio: ComputeStudio;
let events: RunEvent[];

/** As after a reload: the storage is all that is left. */
function opened(): void {
  studio = new ComputeStudio(db);
  events = [];
  const heard = events;
  studio.subscribe((batch) => heard.push(...batch));
}

const until = (fits: (event: RunEvent) => boolean): Promise<void> => untilEvent(() => events, fits);

/** A run on a main text and two mixed in, of which the smaller one is read several times in an epoch. */
async function requestOf(task: Task, patch: Partial<TrainSettings>): Promise<RunRequest> {
  const made = MADE[task]!;
  const sets = [];
  for (const [name, count] of Object.entries({ fox: 40, owl: 30, cat: 8 }))
    sets.push(await importText(db, name, made(name, count)));
  const datasetIds = sets.map(({ id }) => id);
  const { id: tokenizerId, vocabSize } = await trainTokenizer(db, {
    ...{ name: 't', kind: 'bpe' as const, vocabSize: 300, datasetIds },
  });
  const asked = { datasetIds, tokenizerId, seed: 1, validationShare: 0.25 };
  const { id: preparedId } = await prepare(db, { ...asked, ...(task !== 'text' && { task }) });
  const mix: MixedText[] = [0.25, 0.25].map((share, i) => ({ datasetId: datasetIds[i + 1]!, share }));
  const settings = { ...defaultSettings(), ...SETTINGS, task, ...patch };
  return {
    name: 'r',
    start: { kind: 'scratch', model: { ...SHAPE, vocabSize } },
    preparedId,
    mix,
    tokenizerId,
    settings,
  };
}

const hashOf = async (runId: string): Promise<string> => (await listCheckpoints(db, runId))[0]!.weightsSha256;
const pointsOf = async (runId: string) => {
  const parts = await readHistory(db, runId);
  return { steps: parts.flatMap((p) => p.steps), validations: parts.flatMap((p) => p.validations) };
};

beforeAll(async () => {
  dawn();
  db = await freshStorage();
  opened();
});

describe('a run that mixes texts', () => {
  test.each<{ task: Task; patch: Partial<TrainSettings> }>([
    { task: 'text', patch: {} },
    { task: 'chat', patch: { accumulate: 2, batchSize: 1 } },
    { task: 'orpo', patch: { accumulate: 2, batchSize: 1 } },
  ])(
    'of $task, stopped and resumed after a reload, ends with the bits of one that was not',
    LONG,
    async ({ task, patch }) => {
      events.length = 0;
      const request = await requestOf(task, patch);
      const whole = await studio.start(request);
      await until(hasStatus('finished'));
      events.length = 0;
      const run = await studio.start(request);
      await until((event) => event.type === 'step' && event.point.step >= 18);
      studio.stop();
      await until(hasStatus('stopped'));
      const { step } = await getRun(db, run.id);
      expect(step).toBeLessThan(40);
      opened();
      await studio.resume(run.id);
      await until(hasStatus('finished'));
      expect(await hashOf(run.id)).toBe(await hashOf(whole.id));
      expect(await getRun(db, run.id)).toMatchObject({
        step: 40,
        mix: request.mix,
        datasetNames: ['fox', 'owl', 'cat'],
      });

      // steps are measured by text, and together they are the loss of the step
      const { steps, validations } = await pointsOf(whole.id);
      expect((await pointsOf(run.id)).steps.map(({ loss, origins }) => [loss, origins])).toEqual(
        steps.map(({ loss, origins }) => [loss, origins]),
      );
      for (const { loss, origins } of steps) {
        const there = origins!.filter((of) => !Number.isNaN(of));
        expect(origins).toHaveLength(3);
        // the two terms of a loss of pairs are means over pairs and over labels, of which the texts have other shares
        const near = task === 'orpo' ? 0.05 : 1e-5;
        expect(loss).toBeGreaterThanOrEqual(Math.min(...there) - near);
        expect(loss).toBeLessThanOrEqual(Math.max(...there) + near);
      }
      const seen = [0, 1, 2].map((i) => steps.filter(({ origins }) => !Number.isNaN(origins![i]!)).length);
      expect(Math.min(...seen)).toBeGreaterThan(5);
      expect(validations.map(({ step: at }) => at)).toEqual([0, 20, 40]);
      for (const { loss, origins } of validations)
        expect(loss).toBeCloseTo(0.5 * origins![0]! + 0.25 * origins![1]! + 0.25 * origins![2]!, 5);
    },
  );

  test('has its saved forms measured on the held-out rows of each text, by their shares', LONG, async () => {
    opened();
    const run = await studio.start(await requestOf('text', { steps: 4, validationEvery: 4 }));
    await until(hasStatus('finished'));
    const { id, validationLoss } = (await listCheckpoints(db, run.id))[0]!;
    await studio.measureForms(id, ['safetensors'], () => undefined, new AbortController().signal);
    const [form] = (await exportForms(db, id)).forms;
    expect(form).toMatchObject({ kind: 'safetensors', measured: { labels: expect.any(Number) as number } });
    expect(form!.measured!.loss).toBeCloseTo(validationLoss!, 6);
  });

  test('a text that fills no window, shares that leave nothing, and texts of another order are refused', async () => {
    opened();
    const request = await requestOf('text', { contextLength: 16 });
    const tiny = await importText(db, 'tiny', 'a\n\nb\n\nc');
    const { datasetIds, tokenizerId } = (await db.get('prepared', request.preparedId))!;
    const [main] = datasetIds;
    const { id: preparedId } = await prepare(db, {
      ...{ datasetIds: [main!, tiny.id], tokenizerId, seed: 1, validationShare: 0.25 },
    });
    const ofTiny = { ...request, preparedId, mix: [{ datasetId: tiny.id, share: 0.1 }] };
    const [first, second] = request.mix!;
    await expect(studio.start(ofTiny)).rejects.toMatchObject({
      ...{ code: 'mix-text-too-short', facts: { name: 'tiny', context: 16 } },
    });
    const shares = [0.7, 0.3].map((share, i) => ({ ...[first!, second!][i]!, share }));
    await expect(studio.start({ ...request, mix: shares })).rejects.toMatchObject({ code: 'mix-shares' });
    await expect(studio.start({ ...request, mix: [second!, first!] })).rejects.toThrow();
    expect(studio.current()).toBeUndefined();
  });
});

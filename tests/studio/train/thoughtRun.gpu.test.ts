// Runs that learn thoughts, only read them or leave them out: stopped and resumed, they read the same masks. What
// becomes of the rows: tests/data/chat/thoughts.test.ts.
import { beforeAll, beforeEach, expect, test } from 'vitest';
import type { TrainSettings } from '../../../src/base/settings/trainSettings';
import type { ThoughtUse } from '../../../src/base/settings/tuneSettings';
import type { RunRequest } from '../../../src/base/wire/requests';
import { readGraded, getPrepared } from '../../../src/storage/prepared';
import { prepare } from '../../../src/studio/data/prepare';
import { dawn, LONG } from '../../dawn';
import { hasStatus } from '../studioOnGpu';
import { TuningOnGpu } from '../tuningOnGpu';

const CONFIG: Partial<TrainSettings> = {
  task: 'chat',
  method: 'lora',
  loraRank: 2,
  frozenPrecision: 'f32',
  contextLength: 64,
  batchSize: 2,
  steps: 16,
  validationEvery: 8,
  saveEverySteps: 8,
  sampleEvery: 0,
};
const TALKS = Array.from({ length: 30 }, (_, i) => ({
  messages: [
    { role: 'user', content: `Is ${i} odd?` },
    { role: 'assistant', reasoning_content: `Half of ${i}?`, content: i % 2 ? 'Yes.' : 'No.' },
  ],
}));
const USES: ThoughtUse[] = ['learn', 'read', 'drop'];

beforeAll(() => void dawn());

let on: TuningOnGpu;
beforeEach(async () => void (on = await TuningOnGpu.open(TALKS, 300, CONFIG, { contextLength: 64 })));

async function requestWith(use: ThoughtUse): Promise<RunRequest> {
  const { id: preparedId } = await prepare(on.db, { ...on.askedFor(), ...(use !== 'learn' && { thoughts: use }) });
  return { ...(await on.requestOf()), preparedId };
}
/** The weights of all training tokens. */
const maskOf = async (preparedId: string): Promise<string> => {
  const { weights } = await readGraded(on.db, await getPrepared(on.db, preparedId), 'train');
  return weights.join('');
};

test.each([
  ['only read, prepared anew in between', 'read', true],
  ['left out', 'drop', false],
] as const)('a run on thoughts %s resumes with the bits of one that was not stopped', LONG, async (_how, use, anew) => {
  const request = await requestWith(use);
  const mask = await maskOf(request.preparedId);
  const whole = await on.studio.start(request);
  await on.ended();
  const expected = await on.outcome(whole.id);
  on.reopen();
  const cut = await on.studio.start(request);
  await on.until((e) => e.type === 'step' && e.point.step >= 3);
  on.studio.stop();
  await on.ended();
  if (anew) for (const key of await on.db.getAllKeys('tokenChunks')) await on.db.delete('tokenChunks', key);
  on.reopen();
  await on.studio.resume(cut.id);
  await on.until(hasStatus('finished'));
  const { losses, hash } = await on.outcome(cut.id);
  expect([losses, hash]).toEqual([expected.losses, expected.hash]);
  expect(await maskOf((await on.db.get('runs', cut.id))!.preparedId!)).toBe(mask);
});

test('the three read other masks, and a run does not resume on those of another', LONG, async () => {
  const requests = await Promise.all(USES.map(requestWith));
  const masks = await Promise.all(requests.map(({ preparedId }) => maskOf(preparedId)));
  expect(new Set(masks).size).toBe(3);
  const cut = await on.studio.start(requests[0]!);
  await on.until((e) => e.type === 'step' && e.point.step >= 3);
  on.studio.stop();
  await on.ended();
  const record = (await on.db.get('runs', cut.id))!;
  await on.db.put('runs', { ...record, preparedId: requests[1]!.preparedId });
  on.reopen();
  await expect(on.studio.resume(cut.id)).rejects.toMatchObject({ code: 'data-changed' });
});

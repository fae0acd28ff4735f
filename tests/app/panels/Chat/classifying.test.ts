import { checkpointSummary, later, pageOn, runRecord } from '../../fakes';
import { expect, test, vi } from 'vitest';
import { ChatModels } from '../../../../src/app/panels/Chat/chatModels.svelte';
import { classesSaid } from '../../../../src/app/panels/Chat/answerWords';
import { Classifying } from '../../../../src/app/panels/Chat/classifying.svelte';
import { Talks } from '../../../../src/app/panels/Chat/talks.svelte';
import { AtelierError } from '../../../../src/base/errors/errors';
import type { RunRecord } from '../../../../src/base/records/run';
import { answeredClasses } from '../../../../src/base/wire/classes';
import type { DataApi } from '../../../../workers/data.api';
import type { GpuApi } from '../../../../workers/gpu.api';

const CLASSES = { names: ['calm', 'storm'] };

async function asking(classify: GpuApi['classify'], data: Partial<DataApi> = {}) {
  const run = runRecord('run');
  const classifier = { ...run, model: { ...run.model, classes: CLASSES } } as RunRecord;
  const page = pageOn(
    {
      listRuns: () => Promise.resolve([classifier]),
      listCheckpoints: () => Promise.resolve([checkpointSummary('c')]),
      speaker: () => Promise.resolve({ template: 'own', conversational: false, contextLength: 64, sampling: {} }),
      ...data,
    },
    { classify },
  );
  await page.runs.connect();
  const chatModels = new ChatModels({ ...page, talks: new Talks(page) });
  await chatModels.choose('run');
  return new Classifying({ ...page, chatModels });
}

test('a text is classified by the chosen weights, the newest first; what is asked meanwhile is not', async () => {
  const waits = later<Awaited<ReturnType<GpuApi['classify']>>>();
  const classify = vi.fn<GpuApi['classify']>(() => waits.answer);
  const classifying = await asking(classify);
  classifying.text = ' low water ';
  const first = classifying.ask();
  await classifying.ask();
  expect(classify).toHaveBeenCalledTimes(1);
  expect(classify.mock.lastCall?.slice(0, 2)).toEqual(['c', ['low water']]);
  waits.give([{ probabilities: [0.2, 0.8], tokens: 3 }]);
  await first;
  const [answer] = classifying.answers;
  expect(answer).toMatchObject({ text: 'low water', tokens: 3, classes: CLASSES });
  expect(classesSaid(CLASSES, answeredClasses(CLASSES, answer!.probabilities, [0]))).toBe('storm');
  expect(classesSaid(CLASSES, answeredClasses(CLASSES, answer!.probabilities, [0.9]))).toBe('not sure');
});

test('what went wrong is told and the text stays; a cancel is no error', async () => {
  let code: 'cancelled' | 'model-writes' = 'model-writes';
  const keepThresholds = vi.fn<DataApi['keepThresholds']>(() => Promise.resolve());
  const classifying = await asking(() => Promise.reject(new AtelierError(code)), { keepThresholds });
  classifying.text = 'low water';
  await classifying.ask();
  expect([classifying.job.error?.code, classifying.text, classifying.answers]).toEqual([code, 'low water', []]);
  code = 'cancelled';
  await classifying.ask();
  expect([classifying.job.error, classifying.job.running]).toEqual([undefined, false]);
  expect(classifying.thresholds).toEqual([0]);
  await classifying.setThresholds([0.7]);
  expect([keepThresholds.mock.lastCall, classifying.thresholds]).toEqual([['run', [0.7]], [0.7]]);
});

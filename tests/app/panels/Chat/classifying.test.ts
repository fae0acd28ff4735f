import { checkpointSummary, later, pageOn, runRecord } from '../../fakes';
import { expect, test, vi } from 'vitest';
import { ChatModels } from '../../../../src/app/panels/Chat/chatModels.svelte';
import { saidOf } from '../../../../src/app/panels/Chat/sidesSaid';
import { Classifying } from '../../../../src/app/panels/Chat/classifying.svelte';
import { Talks } from '../../../../src/app/panels/Chat/talks.svelte';
import { AtelierError } from '../../../../src/base/errors/errors';
import type { RunRecord } from '../../../../src/base/records/run';
import type { DatasetLabels } from '../../../../src/base/wire/classes';
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
  expect(classify.mock.lastCall?.[0]).toEqual({ weightsId: 'c', texts: ['low water'] });
  waits.give({ texts: [{ probabilities: [0.2, 0.8], tokens: 3 }] });
  await first;
  const [answer] = classifying.answers;
  const side = { record: 'run', classes: CLASSES, found: { tokens: 3 } };
  expect(answer).toMatchObject({ text: 'low water', sides: [side] });
  expect(saidOf(answer!, () => [0])).toBe('storm');
  expect(saidOf(answer!, () => [0.9])).toBe('not sure');
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

const LEARNED: DatasetLabels = { labels: ['calm', 'storm'], answers: true, system: 'Which weather?' };

async function writing(classify: GpuApi['classify'], learned: DatasetLabels | undefined = LEARNED) {
  const [writer, other] = [runRecord('run', { step: 5 }), runRecord('other', { step: 5 })];
  const classifier = { ...other, model: { ...other.model, classes: { names: ['wet', 'dry'] } } } as RunRecord;
  const page = pageOn(
    {
      listRuns: () => Promise.resolve([writer, classifier]),
      listCheckpoints: (id) => Promise.resolve([checkpointSummary(`of ${id}`)]),
      speaker: () => Promise.resolve({ template: 'own', conversational: false, contextLength: 64, sampling: {} }),
      learnedLabels: () => Promise.resolve(learned),
      datasetLabels: () => Promise.resolve({ labels: ['a', 'b'], answers: false }),
    },
    { classify },
  );
  await page.runs.connect();
  const chatModels = new ChatModels({ ...page, talks: new Talks(page) });
  await chatModels.choose('run');
  return new Classifying({ ...page, chatModels });
}

test('a model that writes is held to the labels that it was tuned on, to others, or to typed ones', async () => {
  const classify = vi.fn<GpuApi['classify']>(() =>
    Promise.resolve({ texts: [{ probabilities: [0.3, 0.7], tokens: 2 }] }),
  );
  const classifying = await writing(classify);
  expect(classifying.open).toBe(false);
  classifying.wanted = true;
  expect([classifying.open, classifying.lacks]).toEqual([true, 'labels']);
  await classifying.lookUp();
  expect([classifying.lacks, classifying.prompt]).toEqual([undefined, '{text}']);
  classifying.text = 'rain';
  await classifying.ask();
  const asked = { labels: ['calm', 'storm'], prompt: '{text}', measure: 'whole', conversational: true };
  const request = { weightsId: 'of run', texts: ['rain'], asked: { ...asked, system: 'Which weather?' } };
  expect(classify.mock.lastCall?.[0]).toEqual(request);
  expect(saidOf(classifying.answers[0]!, (side) => classifying.thresholdsOf(side.record, side.classes))).toBe('storm');
  await classifying.setThresholds([0.8]);
  expect(saidOf(classifying.answers[0]!, (side) => classifying.thresholdsOf(side.record, side.classes))).toBe(
    'not sure',
  );
  await classifying.takeFrom('d');
  expect([classifying.labels, classifying.prompt.includes('a, b')]).toEqual([['a', 'b'], true]);
  classifying.typedLabels = ' yes \n\nno\nyes';
  expect(classifying.labels).toEqual(['yes', 'no']);
  classifying.typedPrompt = 'no place';
  expect(classifying.lacks).toBe('slot');
  const again = await writing(classify);
  again.restore(JSON.parse(JSON.stringify(classifying.draft)));
  expect([again.labels, again.prompt, again.wanted]).toEqual([['yes', 'no'], 'no place', true]);
});

test('several models see one text; one that fails says why and the others stand', async () => {
  const classify = vi.fn<GpuApi['classify']>(({ weightsId }) =>
    weightsId === 'of other'
      ? Promise.resolve({ texts: [{ probabilities: [0.9, 0.1], tokens: 2 }] })
      : Promise.reject(new AtelierError('template-broken')),
  );
  const classifying = await writing(classify);
  classifying.wanted = true;
  await classifying.lookUp();
  classifying.setBeside('other', true);
  expect(classifying.beside.map(({ label }) => label)).toEqual(['other']);
  classifying.text = 'rain';
  await classifying.ask();
  const [answer] = classifying.answers;
  expect(answer!.sides[0]!.found).toMatchObject({ code: 'template-broken' });
  expect(answer!.sides[1]).toMatchObject({ name: 'other', classes: { names: ['wet', 'dry'] }, classifier: true });
  expect(classify.mock.calls[1]![0]).toEqual({ weightsId: 'of other', texts: ['rain'] });
  expect(saidOf(answer!, () => [0])).toBe('other: wet');
  classifying.setBeside('other', false);
  await classifying.ask();
  expect([classifying.answers.length, classifying.job.error?.code]).toEqual([1, 'template-broken']);
});

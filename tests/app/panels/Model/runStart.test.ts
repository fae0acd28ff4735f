import { datasetRecord, later, pageOn, runRecord, settle, tokenizerRecord, untilAborted } from '../../fakes';
import { expect, test, vi } from 'vitest';
import { RunStart } from '../../../../src/app/panels/Model/runStart.svelte';
import { startRefusal } from '../../../../src/app/panels/Model/startRefusal';
import { m } from '../../../../src/app/words/generated/messages.js';
import type { CheckpointSummary } from '../../../../src/base/records/checkpoint';
import { modelOf, presetNamed, PRESETS } from '../../../../src/base/settings/presets';
import { defaultSettings } from '../../../../src/base/settings/trainSettings';
import type { DatasetRecord } from '../../../../src/base/records/dataset';
import type { ModelRecord } from '../../../../src/base/records/model';
import type { TokenizerRecord } from '../../../../src/base/records/tokenizer';
import { AtelierError } from '../../../../src/base/errors/errors';
import { sampleSource, type SampleName } from '../../../../src/base/records/samples';
import type { PreparedRecord } from '../../../../src/base/records/prepared';
import type { PrepareRequest, RunRequest } from '../../../../src/base/wire/requests';
import type { QueueStanding } from '../../../../src/base/wire/queue';
import type { RunEstimate } from '../../../../src/base/wire/machine';
import type { DataApi } from '../../../../workers/data.api';
import type { GpuApi } from '../../../../workers/gpu.api';

/** So many steps are estimated to take 50 s. */
const estimateOf = (totalSteps: number): RunEstimate => ({
  ...{ parameters: 1, trained: 1, recomputedBlocks: 0, gpuBytes: 1, checkpointBytes: 1, tokensPerStep: 1, totalSteps },
  gpuBytesParts: { weights: 1, gradients: 0, optimizer: 0, activations: 0, logits: 0 },
  ...{ largestBuffer: 1, seconds: 50 },
});

const prepared = (request: PrepareRequest) => Promise.resolve({ ...request, id: 'prepared' } as PreparedRecord);

/** A form with a stored text and a stored tokenizer, and what the workers were asked for, in order. */
async function startOn(data: Partial<DataApi> = {}, gpu: Partial<GpuApi> = {}) {
  const asked: string[] = [];
  const started: RunRequest[] = [];
  const start = (request: RunRequest) => {
    started.push(request);
    return Promise.resolve(runRecord('run', { status: 'running' }));
  };
  const noting = <T extends object>(answers: T): T =>
    Object.fromEntries(
      Object.entries(answers).map(([name, call]: [string, (...args: unknown[]) => unknown]) => [
        name,
        (...args: unknown[]) => (asked.push(name), call(...args)),
      ]),
    ) as T;
  const page = pageOn(
    {
      listDatasets: () => Promise.resolve([datasetRecord('text')]),
      listTokenizers: () => Promise.resolve([tokenizerRecord('t')]),
      ...noting<Partial<DataApi>>({
        importSample: (name: SampleName) => Promise.resolve(datasetRecord('sample', { source: sampleSource(name) })),
        trainTokenizer: () => Promise.resolve(tokenizerRecord('made')),
        prepare: prepared,
        ...data,
      }),
    },
    noting<Partial<GpuApi>>({
      ...{ measureOnce: () => Promise.resolve(), measureStep: () => Promise.resolve() },
      estimate: () => Promise.resolve(estimateOf(100)),
      ...{ start, ...gpu },
    }),
  );
  await page.form.load();
  page.form.tokenizer = 't';
  return { ...page, runStart: new RunStart(page), asked, started };
}

test('a run is started with exactly the settings that are shown', async () => {
  const { form, runs, runStart, started, asked } = await startOn();
  form.set('learningRate', 0.25);
  form.set('contextLength', 32);
  form.setName('mine');
  form.set('steps', 40);
  const shown = { ...form.settings };
  await runStart.start();
  const [request] = started;
  expect(request).toMatchObject({ name: 'mine', preparedId: 'prepared', tokenizerId: 't' });
  expect(request?.settings).toEqual(shown);
  expect(request?.defaults).toEqual({ learningRate: 2e-3, contextLength: 128, steps: 300 });
  expect(request?.start).toMatchObject({ kind: 'scratch', model: { contextLength: 32, vocabSize: 300 } });
  expect([asked, runs.activeId]).toEqual([['prepare', 'measureOnce', 'start'], 'run']);
  expect(runStart.can).toBe(false);
});

test('text and tokenizer are made where they are missing, and are the chosen ones from then on', async () => {
  const { form, runStart, started, asked } = await startOn();
  form.chooseDataset(sampleSource('english-stories'));
  form.set('steps', 40);
  form.tokenizer = 'new-bpe';
  await runStart.start();
  expect(asked).toEqual(['importSample', 'trainTokenizer', 'prepare', 'measureOnce', 'start']);
  expect([form.datasetIds, form.tokenizer, started[0]?.tokenizerId]).toEqual([['sample'], 'made', 'made']);
});

test('a run whose length is a time has a step timed before it, and as many steps as fill the time', async () => {
  const { form, runStart, started, asked } = await startOn();
  expect([form.begins.byTime, form.begins.seconds]).toEqual([true, 90]);
  await runStart.start();
  expect(asked).toEqual(['prepare', 'measureOnce', 'measureStep', 'estimate', 'start']);
  // 100 steps in 50 s are 180 in 90 s
  expect(started[0]?.settings).toMatchObject({ durationUnit: 'steps', steps: 180 });
});

test('the pace is not timed again where steps of such a model were, nor where one takes seconds', async () => {
  const measured = vi.fn(() => Promise.resolve({ ...estimateOf(100), measured: true as const }));
  const known = await startOn({}, { estimate: measured });
  await known.form.refreshEstimate();
  await known.runStart.start();
  expect(known.asked).not.toContain('measureStep');
  const slow = await startOn({}, { estimate: () => Promise.resolve({ ...estimateOf(10), seconds: 500 }) });
  await slow.form.refreshEstimate();
  await slow.runStart.start();
  expect(slow.asked).not.toContain('measureStep');
  expect(slow.started[0]?.settings.steps).toBe(100);
});

test('cancel starts nothing, is no error, and the next start goes through', async () => {
  const prepare = vi.fn<DataApi['prepare']>(prepared);
  prepare.mockImplementationOnce((_request, _onProgress, signal) => untilAborted(signal));
  const { runStart, started } = await startOn({ prepare });
  const starting = runStart.start();
  await settle();
  expect([runStart.stage, runStart.can]).toEqual(['tokens', false]);
  runStart.task.cancel();
  expect(await starting).toBeUndefined();
  expect([started, runStart.task.error, runStart.stage, runStart.can]).toEqual([[], undefined, undefined, true]);
  expect((await runStart.start())?.id).toBe('run');
});

test('a start that the worker refuses shows why, and keeps the name and the tokenizer that was made', async () => {
  const start = vi.fn(() => Promise.reject(new AtelierError('compute-busy', {})));
  const { form, runs, runStart, asked } = await startOn({}, { start });
  form.tokenizer = 'new-bpe';
  form.setName('mine');
  await runStart.start();
  expect([runStart.task.error?.code, runStart.stage, form.name]).toEqual(['compute-busy', undefined, 'mine']);
  expect([runs.active, runStart.can]).toEqual([undefined, true]);
  await runStart.start();
  expect(asked.filter((name) => name === 'trainTokenizer')).toHaveLength(1);
});

test('rows that teach nothing start no run', async () => {
  const preflight = vi.fn(() =>
    Promise.resolve({
      rows: 1,
      train: { rows: 0, tokens: 0 },
      findings: [{ level: 'block' as const, code: 'nothing-graded' as const, facts: {}, count: 1 }],
    }),
  );
  const base = {
    id: 'base',
    name: 'base',
    parameters: 1,
    model: modelOf(presetNamed('0.1M'), 300, 64),
    tokenizerId: 't',
  };
  const { form, runStart, started, asked } = await startOn({
    preflight,
    listModels: () => Promise.resolve([base as ModelRecord]),
    tuningDefaults: () => Promise.resolve({ preset: '0.1M', settings: defaultSettings(), fixed: {} }),
  });
  await form.tunePretrained('base');
  await form.refreshDefaults();
  form.set('task', 'chat');
  expect(await runStart.start()).toBeUndefined();
  expect([started, asked.at(-1)]).toEqual([[], 'preflight']);
  expect([runStart.task.error, form.blocked]).toEqual([undefined, true]);
});

test('the time of a step is measured on just this run, and the estimate is asked again', async () => {
  const measureStep = vi.fn<GpuApi['measureStep']>(() => Promise.resolve());
  const estimate = vi.fn<GpuApi['estimate']>(() => Promise.reject(new AtelierError('compute-busy', {})));
  const { form, runStart, started } = await startOn({}, { measureStep, estimate });
  await runStart.measureStep();
  expect(measureStep.mock.calls[0]?.[0].settings).toEqual(form.settings);
  expect([estimate.mock.calls.length, started]).toEqual([1, []]);
});

test('what is still being read delays a start, what is wrong refuses it in words', async () => {
  const texts = later<DatasetRecord[]>();
  const page = pageOn({ listDatasets: () => texts.answer });
  const runStart = new RunStart(page);
  const loading = page.form.load();
  expect([runStart.waits, runStart.can]).toEqual([true, false]);
  texts.give([]);
  await loading;
  expect([runStart.waits, runStart.can, startRefusal(page.form, page.runs, page.queue)]).toEqual([
    false,
    true,
    undefined,
  ]);
  page.form.datasetIds = [];
  expect([runStart.can, startRefusal(page.form, page.runs, page.queue)]).toEqual([false, m.model_data_none()]);

  const { form, runs, queue } = await startOn();
  expect(startRefusal(form, runs, queue)).toBeUndefined();
  form.typedIn('learningRate', 'fast');
  expect(startRefusal(form, runs, queue)).toMatch(/^Learning rate: /);
  runs.started(runRecord('other', { status: 'running' }));
  expect(startRefusal(form, runs, queue)).toBe(m.model_busy({ name: 'other' }));
});

test('rows are looked at with the tokenizer that is chosen, and one that is made holds for what it was made of', async () => {
  const made = later<TokenizerRecord>();
  const trainTokenizer = vi.fn(() => made.answer);
  const { form, runStart } = await startOn({ trainTokenizer });
  form.tokenizer = 'new-bpe';
  const reading = runStart.readTexts();
  await settle();
  form.setVocabSize(400);
  made.give(tokenizerRecord('made'));
  await reading;
  expect([form.chosenTokenizer, form.tokenizer]).toEqual([undefined, 'new-bpe']);
  form.setVocabSize(undefined);
  expect(form.chosenTokenizer?.id).toBe('made');

  trainTokenizer.mockClear();
  form.mode = 'pretrained';
  await runStart.readTexts();
  form.mode = 'scratch';
  const early = pageOn({ trainTokenizer });
  early.form.datasetIds = ['text'];
  early.form.tokenizer = 't';
  await new RunStart(early).readTexts();
  expect(trainTokenizer).not.toHaveBeenCalled();
});

test('a run whose checkpoints are still read delays a start; one that has none is named', async () => {
  const checkpoints = later<CheckpointSummary[]>();
  const { form, runs, queue, runStart } = await startOn({
    listCheckpoints: () => checkpoints.answer,
    tuningDefaults: () => Promise.resolve({ settings: defaultSettings(), fixed: {}, preset: PRESETS[0]!.name }),
  });
  runs.started(runRecord('parent', { status: 'stopped' }));
  const chosen = form.tuneFurther('parent');
  await form.refreshDefaults();
  expect([runStart.waits, startRefusal(form, runs, queue)]).toEqual([true, undefined]);
  checkpoints.give([]);
  await chosen;
  expect([runStart.waits, runStart.can, startRefusal(form, runs, queue)]).toEqual([
    ...[false, false],
    m.model_missing_checkpoint(),
  ]);
});

test('a run is added to the queue as it is chosen now; while the queue is on and a run is under way, Start adds it too', async () => {
  let standing: QueueStanding = { on: false, entries: [] };
  const addToQueue = vi.fn<DataApi['addToQueue']>((runs) => {
    const added = runs.map((run) => ({ ...run, id: run.name, place: 1, addedAt: 1, state: 'waiting' as const }));
    standing = { ...standing, entries: [...standing.entries, ...added] };
    return Promise.resolve(added);
  });
  const switchQueue = (on: boolean): Promise<void> => Promise.resolve(void (standing = { ...standing, on }));
  const goOnWithQueue = vi.fn(() => Promise.resolve());
  const data = { addToQueue, switchQueue, queue: () => Promise.resolve(standing) };
  const { form, runs, queue, runStart, started, asked } = await startOn(data, { goOnWithQueue });
  form.set('steps', 40);
  form.setName('mine');
  const shown = { ...form.settings };
  await runStart.queue();
  form.set('learningRate', 0.5);
  expect(addToQueue.mock.calls[0]?.[0]).toMatchObject([
    { name: 'mine', dataName: 'text', request: { name: 'mine', preparedId: 'prepared', settings: shown } },
  ]);
  expect([started, goOnWithQueue.mock.calls, queue.waiting.length]).toEqual([[], [], 1]);

  runs.started(runRecord('other', { status: 'running' }));
  expect([runStart.can, runStart.canQueue]).toEqual([false, true]);
  await queue.switchOn(true);
  expect([runStart.can, startRefusal(form, runs, queue)]).toEqual([true, undefined]);
  asked.length = 0;
  form.setName('mine');
  expect(await runStart.start()).toBeUndefined();
  expect(asked).toEqual(['prepare', 'measureOnce', 'addToQueue', 'queue', 'goOnWithQueue']);
  expect([started, queue.waiting.map(({ name }) => name)]).toEqual([[], ['mine', 'mine 2']]);
});

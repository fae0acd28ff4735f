import { datasetRecord, pageOn, runRecord, settle, tokenizerRecord, untilAborted } from '../../fakes';
import { expect, test, vi } from 'vitest';
import { RunStart } from '../../../../src/app/panels/Model/runStart.svelte';
import { STARTER } from '../../../../src/app/state/trainForm.svelte';
import { AtelierError } from '../../../../src/base/errors/errors';
import type { PreparedRecord } from '../../../../src/base/records/prepared';
import type { PrepareRequest, RunRequest } from '../../../../src/base/wire/requests';
import type { DataApi } from '../../../../workers/data.api';
import type { GpuApi } from '../../../../workers/gpu.api';

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
        importStarter: () => Promise.resolve(datasetRecord('sample', { source: 'starter' })),
        trainTokenizer: () => Promise.resolve(tokenizerRecord('made')),
        prepare: prepared,
        ...data,
      }),
    },
    noting<Partial<GpuApi>>({ measureOnce: () => Promise.resolve(), start, ...gpu }),
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
  const shown = { ...form.settings };
  await runStart.start();
  const [request] = started;
  expect(request).toMatchObject({ name: 'mine', preparedId: 'prepared', tokenizerId: 't' });
  expect(request?.settings).toEqual(shown);
  expect(request?.defaults).toEqual({ learningRate: 2e-3, contextLength: 128 });
  expect(request?.start).toMatchObject({ kind: 'scratch', model: { contextLength: 32, vocabSize: 300 } });
  expect([asked, runs.activeId]).toEqual([['prepare', 'measureOnce', 'start'], 'run']);
  expect(runStart.can).toBe(false);
});

test('text and tokenizer are made where they are missing, and are the chosen ones from then on', async () => {
  const { form, runStart, started, asked } = await startOn();
  form.chooseDataset(STARTER);
  form.tokenizer = 'new-bpe';
  await runStart.start();
  expect(asked).toEqual(['importStarter', 'trainTokenizer', 'prepare', 'measureOnce', 'start']);
  expect([form.datasetIds, form.tokenizer, started[0]?.tokenizerId]).toEqual([['sample'], 'made', 'made']);
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
  const { form, runStart, started, asked } = await startOn({ preflight });
  form.set('task', 'chat');
  expect(await runStart.start()).toBeUndefined();
  expect([started, asked]).toEqual([[], ['preflight']]);
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

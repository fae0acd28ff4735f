import { expect, test } from 'vitest';
import { addRun } from '../../../src/storage/runs';
import type { HistoryPart, StepPoint } from '../../../src/base/wire/events';
import { fromBlob } from '../../../src/base/numbers/asyncBuffer';
import { listZip } from '../../../src/formats/zip';
import { historyCsv, historyEvents, historyFile, joinedHistory } from '../../../src/studio/export/historyFile';
import { freshStorage, runOf } from '../../storage/storage';

const step = (at: number, patch: Partial<StepPoint> = {}): StepPoint => ({
  ...{ step: at, loss: at, accuracy: 0.5, gradNorm: 1, rate: 0.1, tokens: 8, milliseconds: 250, gpuBytes: 64 },
  ...patch,
});
const validation = (at: number) => ({ step: at, loss: 9, accuracy: 0.25, tokens: 100, best: false });
const part = (patch: Partial<HistoryPart>): HistoryPart => ({
  ...{ runId: 'a', fromStep: 0, toStep: 2, steps: [], validations: [], samples: [], ...patch },
});

test('a later part replaces the steps that it measures again', () => {
  const parts = [part({ steps: [step(1), step(2), step(3)] }), part({ steps: [step(2, { loss: 7 })] })];
  expect(joinedHistory(parts).steps.map((point) => [point.step, point.loss])).toEqual([
    [1, 1],
    [2, 7],
  ]);
});

test('a row of CSV is a step with its validation; what was never measured is no column', () => {
  const csv = historyCsv(joinedHistory([part({ steps: [step(1, { gradNorm: NaN })], validations: [validation(0)] })]));
  expect(csv.split('\r\n')).toEqual([
    'step,train/loss,train/accuracy,train/grad_norm,train/learning_rate,train/tokens_per_second,train/gpu_bytes,tokens,milliseconds,eval/loss,eval/accuracy',
    '0,,,,,,,,,9,0.25',
    '1,1,0.5,NaN,0.1,32,64,8,250,,',
    '',
  ]);
});

test('events rise in step and time, a validation after the step that it follows', () => {
  const history = joinedHistory([part({ steps: [step(1), step(2)], validations: [validation(0), validation(2)] })]);
  const events = [...historyEvents(runOf('a', { createdAt: 1000 }), history)];
  const loss = events.filter(({ tag }) => tag.endsWith('/loss'));
  expect(loss.map((event) => [event.wallTime, event.step, event.tag])).toEqual([
    [1, 0, 'eval/loss'],
    [1.25, 1, 'train/loss'],
    [1.5, 2, 'train/loss'],
    [1.5, 2, 'eval/loss'],
  ]);
});

test('pairs of answers are named as TRL names them', () => {
  const rewards = { chosen: 1, rejected: -1, margin: 2, accuracy: 1 };
  const events = [...historyEvents(runOf('a'), joinedHistory([part({ steps: [step(1, { rewards })] })]))];
  expect(events.map(({ tag }) => tag)).toEqual(
    expect.arrayContaining(['train/rewards/margins', 'train/rewards/chosen', 'train/rewards/rejected']),
  );
});

test('one run is a file, several are folders of a zip, of one name too', async () => {
  const db = await freshStorage();
  for (const id of ['a', 'b', 'c']) {
    await addRun(db, runOf(id, { name: 'tea / 2', createdAt: 1_790_000_000_500 }));
    await db.add('history', part({ runId: id, steps: [step(1)] }));
  }
  const one = await historyFile(db, ['a'], 'tensorboard');
  expect(one.fileName).toBe('events.out.tfevents.1790000000.tea-2');
  expect(one.blob.size).toBe(one.bytes);

  const zip = await historyFile(db, ['a', 'b', 'c'], 'csv');
  expect((await listZip(fromBlob(zip.blob), 'a.zip')).map(({ path }) => path)).toEqual([
    'tea-2/tea-2.csv',
    'tea-2-2/tea-2.csv',
    'tea-2-3/tea-2.csv',
  ]);
});

test('of a run that mixes texts each has its loss, under its name; a text that a step did not grade has none', () => {
  const origins = [2, NaN];
  const steps = [step(1, { origins }), step(2, { origins: [3, 4] })];
  const history = joinedHistory([part({ steps, validations: [{ ...validation(0), origins: [8, 7] }] })]);
  const run = runOf('a', { datasetNames: ['tea, green', 'owl'], mix: [{ datasetId: 'o', share: 0.25 }] });
  const [head, ...rows] = historyCsv(history, ['tea, green', 'owl']).split('\r\n');
  expect(head).toContain('"train/loss/tea, green",train/loss/owl,tokens');
  expect(head).toMatch(/,"eval\/loss\/tea, green",eval\/loss\/owl$/);
  expect(rows[1]).toContain(',2,,8,250');
  expect(rows[0]).toMatch(/,9,0\.25,8,7$/);
  const tags = [...historyEvents(run, history)].filter(({ tag }) => tag.includes('/loss/'));
  expect(tags.map(({ tag, step: at, value }) => [at, tag, value])).toEqual([
    [0, 'eval/loss/tea, green', 8],
    [0, 'eval/loss/owl', 7],
    [1, 'train/loss/tea, green', 2],
    [2, 'train/loss/tea, green', 3],
    [2, 'train/loss/owl', 4],
  ]);
});

import { datasetRecord, pageOn, settle, untilAborted } from '../fakes';
import { expect, test, vi } from 'vitest';
import { defaultSettings } from '../../../src/base/settings/trainSettings';
import { AtelierError } from '../../../src/base/errors/errors';
import type { PreparedRecord } from '../../../src/base/records/prepared';
import type { PreflightReport, PreflightRequest } from '../../../src/base/wire/requests';
import type { DataApi } from '../../../workers/data.api';

const REPORT: PreflightReport = { rows: 1, train: { rows: 1, tokens: 8 }, findings: [] };
const request = (contextLength: number): PreflightRequest => ({
  ...{ datasetIds: ['d'], tokenizerId: 't', seed: 1, validationShare: 0.1, contextLength },
});

test('what was found holds for just these rows, and is not looked for again', async () => {
  const ask = vi.fn(() => Promise.resolve(REPORT));
  const { preflight } = pageOn({ preflight: ask });
  await preflight.look(request(64));
  await preflight.look(request(64));
  expect([ask.mock.calls.length, preflight.foundIn(request(64))]).toEqual([1, REPORT]);
  expect(preflight.foundIn(request(32))).toBeUndefined();
});

test('a new look takes the place of the one under way', async () => {
  const ask = vi.fn<DataApi['preflight']>(() => Promise.resolve(REPORT));
  ask.mockImplementationOnce((_request, _onProgress, signal) => untilAborted(signal));
  const { preflight } = pageOn({ preflight: ask });
  const first = preflight.look(request(64));
  await settle();
  await preflight.look(request(32));
  await first;
  expect([preflight.foundIn(request(64)), preflight.foundIn(request(32))]).toEqual([undefined, REPORT]);
  expect([preflight.looking.error, preflight.looking.running]).toEqual([undefined, false]);
});

test('a look that fails says so, and the next one is asked', async () => {
  const ask = vi.fn(() => Promise.resolve(REPORT)).mockRejectedValueOnce(new AtelierError('compute-busy', {}));
  const { preflight } = pageOn({ preflight: ask });
  await preflight.look(request(64));
  expect(preflight.looking.error?.code).toBe('compute-busy');
  await preflight.look(request(64));
  expect([preflight.looking.error, preflight.foundIn(request(64))]).toEqual([undefined, REPORT]);
});

test('much data is looked at only when asked', async () => {
  const ask = vi.fn(() => Promise.resolve(REPORT));
  const { preflight } = pageOn({ preflight: ask });
  await preflight.lookUnasked(request(64), [datasetRecord('d', { bytes: 1e9 })]);
  expect(ask).not.toHaveBeenCalled();
  await preflight.lookUnasked(request(64), [datasetRecord('d')]);
  expect(ask).toHaveBeenCalledOnce();
});

test('the first batch that is shown is told apart from the one of other settings', async () => {
  const { preflight } = pageOn({
    prepare: () => Promise.resolve({ id: 'p' } as PreparedRecord),
    firstBatch: () => Promise.resolve({ windows: [], paired: false }),
  });
  const { contextLength: _, ...rows } = request(64);
  const settings = defaultSettings();
  await preflight.showBatch(rows, settings);
  expect(preflight.batchOf(rows, settings)?.current).toBe(true);
  expect(preflight.batchOf(rows, { ...settings, learningRate: 0.5 })?.current).toBe(true);
  expect(preflight.batchOf(rows, { ...settings, seed: 9 })?.current).toBe(false);
  preflight.hideBatch();
  expect(preflight.batchOf(rows, settings)).toBeUndefined();
});

// What the page takes over from a worker, and what it keeps: defaults of a tuning that come late, names of runs.
import { expect, test, vi } from 'vitest';
import type { ModelRecord } from '../../../src/base/records/model';
import type { RunRecord } from '../../../src/base/records/run';
import { modelOf, presetNamed } from '../../../src/base/settings/presets';
import type { TuningDefaults } from '../../../src/base/wire/requests';
import { Machine } from '../../../src/app/state/machine.svelte';
import { Models } from '../../../src/app/state/models.svelte';
import { OtherTabs } from '../../../src/app/state/otherTabs.svelte';
import { PreflightState } from '../../../src/app/state/preflight.svelte';
import { RunsState } from '../../../src/app/state/runs.svelte';
import { Toasts } from '../../../src/app/state/toasts.svelte';
import { TrainForm } from '../../../src/app/state/trainForm.svelte';
import { UndoableEdits } from '../../../src/app/state/undoableEdits';
import type { Workers } from '../../../src/app/state/workers';

// hoisted above the imports: the page's language is read from the browser when its module loads
vi.hoisted(() => {
  vi.stubGlobal('navigator', { languages: ['en'] });
  vi.stubGlobal('window', globalThis);
});

type Give = (rate: number) => void;
const defaultsOf = (learningRate: number): TuningDefaults => ({
  preset: '0.8M',
  settings: { learningRate },
  fixed: {},
});

const UNUSED = {
  dismissed: [],
  keepDismissed: () => undefined,
  reloadFor: () => undefined,
  takeMark: () => undefined,
};

/** State on a data worker that answers `tuningDefaults` when the test says so, in any order. */
function page() {
  const asked: Give[] = [];
  const data: Partial<Workers['data']> = {
    listTokenizers: () => Promise.resolve([]),
    tuningDefaults: () => new Promise((give) => asked.push((rate) => give(defaultsOf(rate)))),
  };
  const workers: Workers = { data: data as Workers['data'], gpu: {} as Workers['gpu'] };
  const toasts = new Toasts();
  const edits = new UndoableEdits(toasts);
  const machine = new Machine(workers);
  const channel = { post: () => undefined, listen: () => undefined };
  const tabs = new OtherTabs({ channel, heldRuns: () => Promise.resolve([]) });
  const runs = new RunsState({ ...workers, ...UNUSED, edits, tabs });
  const models = new Models({ ...workers, edits, machine, toasts, connectHub: () => Promise.resolve() });
  const form = new TrainForm({ ...workers, preflight: new PreflightState(workers), machine, models, runs });
  return { asked, form, models, runs };
}

const model = modelOf(presetNamed('0.8M'), 512, 128);
const record = (id: string) => ({ id, name: id, parameters: 1e6, model }) as ModelRecord;

test('a late answer never replaces a newer one, and the last one is shown until the next comes', async () => {
  const { asked, form, models } = page();
  models.list = [record('a')];
  await form.tunePretrained('a');
  const first = form.refreshDefaults();
  const second = form.refreshDefaults();
  asked[1]!(0.02);
  await second;
  expect(form.settings.learningRate).toBe(0.02);
  asked[0]!(0.01);
  await first;
  expect(form.settings.learningRate).toBe(0.02);
  const third = form.refreshDefaults();
  expect(form.settings.learningRate).toBe(0.02);
  asked[2]!(0.03);
  await third;
  expect(form.settings.learningRate).toBe(0.03);
});

test('a start waits for the answer that is under way', async () => {
  const { asked, form, models } = page();
  models.list = [record('a')];
  await form.tunePretrained('a');
  void form.refreshDefaults();
  const settled = form.settled.then(() => form.settings.learningRate);
  asked[0]!(0.04);
  expect(await settled).toBe(0.04);
});

test('the record of a run is shown as it is sent, but a name that was changed meanwhile stays', () => {
  const { runs } = page();
  const run = { id: 'r', name: 'old', status: 'running', step: 1, tokens: 8, updatedAt: 1 } as RunRecord;
  runs.started(run);
  runs.list = [{ ...run, name: 'new' }];
  runs.receive([{ type: 'run', run: { ...run, step: 2, tokens: 16, updatedAt: 2 } }]);
  expect(runs.active).toMatchObject({ name: 'new', step: 2, tokens: 16 });
});

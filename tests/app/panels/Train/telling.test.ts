import { pageOn, runRecord } from '../../fakes';
import { expect, test, vi } from 'vitest';
import { Telling } from '../../../../src/app/panels/Train/telling.svelte';
import { runTitle } from '../../../../src/app/frame/runTitle';
import type { RunRecord } from '../../../../src/base/records/run';

const point = { accuracy: 0.2, gradNorm: 1, rate: 1, tokens: 8, milliseconds: 5, gpuBytes: 1 };

/** A page on which a run of eight steps goes on, and what was heard of it. */
function listening() {
  const page = pageOn();
  const telling = new Telling(page.runs);
  const heard: string[] = [];
  const at = (given: Partial<RunRecord>): void => {
    const run = runRecord('mine', { status: 'running', totalSteps: 8, ...given });
    if (run.step > 0)
      page.runs.receive([{ type: 'step', runId: 'mine', tensors: 1, point: { step: run.step, loss: 2, ...point } }]);
    page.runs.receive([{ type: 'run', run }]);
    telling.look();
    if (heard.at(-1) !== telling.text) heard.push(telling.text);
  };
  return { ...page, telling, heard, at };
}

test('a run is told from its start to its end, once each, with its loss', () => {
  const { at, heard, runs } = listening();
  at({ step: 0 });
  runs.receive([
    { type: 'validation', runId: 'mine', point: { step: 0, loss: 9, accuracy: 0, tokens: 8, best: true } },
  ]);
  for (const step of [1, 2, 3, 4, 6]) at({ step });
  at({ step: 6, status: 'paused' });
  at({ step: 7 });
  at({ step: 8, status: 'finished' });
  expect(heard).toEqual([
    'Training of “mine” has started.',
    '“mine”: a quarter done, loss 2.000.',
    '“mine”: half done, loss 2.000.',
    '“mine”: three quarters done, loss 2.000.',
    '“mine” is paused at step 6.',
    '“mine” has resumed at step 6.',
    '“mine” has finished after 8 steps, loss 2.000.',
  ]);
});

test('a run that the page found interrupted is told to resume, at its step', () => {
  const { at, heard } = listening();
  at({ step: 5, status: 'interrupted' });
  at({ step: 5 });
  expect(heard).toEqual(['', '“mine” has resumed at step 5.']);
});

test('a notice is shown at the end where it was asked for, and asked for again for another run', () => {
  const shown: string[] = [];
  const show = vi.fn(function (title: string, { body }: { body: string }) {
    shown.push(`${title}: ${body}`);
  });
  vi.stubGlobal('Notification', Object.assign(show, { permission: 'granted' }));
  const { at, telling } = listening();
  at({ step: 0 });
  telling.notice = true;
  at({ step: 8, status: 'finished' });
  expect([shown, telling.notice]).toEqual([['mine: “mine” has finished after 8 steps, loss 2.000.'], false]);
  vi.unstubAllGlobals();
});

test('the title of the tab says how far the run is, and nothing once it has ended', () => {
  const { at, runs } = listening();
  expect(runTitle(runs)).toBeUndefined();
  at({ step: 2 });
  expect(runTitle(runs)).toBe('25% · 2.000 · mine');
  at({ step: 8, status: 'finished' });
  expect(runTitle(runs)).toBeUndefined();
});

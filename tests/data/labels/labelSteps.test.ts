import { expect, test } from 'vitest';
import type { LabelAnswer } from '../../../src/base/records/labels';
import { lastAnswers } from '../../../src/data/labels/answers';
import { labelSteps } from '../../../src/data/labels/labelSteps';
import { classAnswer, decisionOn, labelTask } from './tasks';

const stepsOf = (answers: [number, LabelAnswer][], patch = {}, labelledOnly = false) =>
  labelSteps(labelTask(patch), new Map(answers), labelledOnly).map(({ kind, settings }) => [
    kind,
    ((settings['edits'] ?? settings['labels']) as string[]).map((text) => JSON.parse(text) as object),
    settings['unlabelled'],
  ]);

test('dropped and fixed rows are changes by hand', () => {
  const answers: [number, LabelAnswer][] = [
    [0, { kind: 'keep' }],
    [1, { kind: 'drop' }],
    [2, { kind: 'fix', texts: ['better'] }],
  ];
  const edits = ['edit', [{ id: 1 }, { id: 2, texts: ['better'] }], undefined];
  expect(stepsOf(answers, { kind: 'keep' })).toEqual([edits]);
  expect(stepsOf(answers, { kind: 'keep' }, true)).toEqual([
    ['labels', [{ id: 0 }, { id: 1 }, { id: 2 }], 'leave-out'],
    edits,
  ]);
});

test('one class is a label, several are labels', () => {
  expect(stepsOf([[4, classAnswer('calm')]])).toEqual([['labels', [{ id: 4, label: 'calm' }], 'keep']]);
  expect(stepsOf([[4, classAnswer('calm', 'cold')]], { several: true })).toEqual([
    ['labels', [{ id: 4, labels: ['calm', 'cold'] }], 'keep'],
  ]);
});

test('of several decisions on a row the last counts; to put a row off is none, and takes none away', () => {
  const decisions = [
    decisionOn(0, classAnswer('calm')),
    decisionOn(1, classAnswer('calm')),
    decisionOn(0, classAnswer('rough')),
    decisionOn(1, { kind: 'skip' }),
    decisionOn(2, { kind: 'skip' }),
  ];
  expect([...lastAnswers(decisions)]).toEqual([
    [0, classAnswer('rough')],
    [1, classAnswer('calm')],
  ]);
});

import { expect, test } from 'vitest';
import { labelsStep } from '../../../src/data/clean/labels';
import { outcomesOf, textRow, turnsRow } from './rows';

const labels = (...each: object[]): string[] => each.map((label) => JSON.stringify(label));

test('a label, several, and a rating become columns; other rows stay', async () => {
  const rows = ['a', 'b', 'c', 'd'].map((text, id) => textRow(text, id));
  const said = labels({ id: 0, label: 'calm' }, { id: 1, labels: ['calm', 'cold'] }, { id: 2, rating: 4 });
  expect(await outcomesOf(labelsStep, rows, { labels: said })).toMatchObject([
    { kept: true, facts: { label: 'calm' }, reason: { code: 'labelled' } },
    { facts: { labels: '["calm","cold"]' } },
    { facts: { rating: 4 } },
    { kept: true },
  ]);
});

test('rows without a label go where that was chosen', async () => {
  const rows = [textRow('a', 0), textRow('b', 1)];
  const outcomes = await outcomesOf(labelsStep, rows, { labels: labels({ id: 1 }), unlabelled: 'leave-out' });
  expect(outcomes).toMatchObject([{ kept: false, reason: { code: 'unlabelled' } }, { kept: true }]);
});

test('of two columns the better one is chosen; a tie goes, or stays as it is', async () => {
  const row = textRow('ask', 0, { left: 'L', right: 'R' });
  const of = async (better: string, ties = 'leave-out') =>
    (await outcomesOf(labelsStep, [row], { labels: labels({ id: 0, better }), columns: ['left', 'right'], ties }))[0];
  expect(await of('first')).toMatchObject({ facts: { chosen: 'L', rejected: 'R' } });
  expect(await of('second')).toMatchObject({ facts: { chosen: 'R', rejected: 'L' } });
  expect(await of('tie')).toMatchObject({ kept: false, reason: { code: 'tie' } });
  expect(await of('tie', 'keep')).toMatchObject({ kept: true, facts: {} });
});

test('stretches are counted in code points, and only where the text still says the same', async () => {
  const said = labels({
    id: 0,
    spans: [
      { part: 1, start: 3, end: 7, label: 'SHIP', text: 'Iona' },
      { part: 1, start: 0, end: 2, label: 'X', text: 'no' },
    ],
  });
  const row = turnsRow(
    [
      ['question', 'Which?'],
      ['answer', '🚢 Iona'],
    ],
    0,
  );
  const [outcome] = await outcomesOf(labelsStep, [row], { labels: said });
  expect(outcome).toMatchObject({
    facts: { spans: JSON.stringify([{ part: 1, start: 2, end: 6, label: 'SHIP', text: 'Iona' }]) },
  });
});

test('what is no label is passed over', async () => {
  const said = ['{', 'null', ...labels({ id: 'x' }, { id: 0, better: 'both' }, { id: 0, spans: [{}] })];
  expect(await outcomesOf(labelsStep, [textRow('a', 0)], { labels: said })).toEqual([{ kept: true }]);
});

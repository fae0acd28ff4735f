import { expect, test } from 'vitest';
import { nearDuplicatesStep } from '../../../src/data/clean/nearDuplicates';
import type { CleanRow } from '../../../src/data/clean/step';
import { outcomesOf, textRow, turnsRow } from './rows';

const LETTER = 'Thank you for your letter of the third of May about the late delivery of the garden table.';
const talk = (id: number, question: string, answer: string): CleanRow =>
  turnsRow(
    [
      ['question', question],
      ['answer', answer],
    ],
    id,
  );

type StepSettings = Partial<typeof nearDuplicatesStep.defaults>;

/** The ids that are left out, each with the number of the row that stays. */
async function left(rows: readonly CleanRow[], settings: StepSettings = {}) {
  const outcomes = await outcomesOf(nearDuplicatesStep, rows, settings);
  return outcomes.flatMap((outcome, i) => (outcome.kept ? [] : [[rows[i]!.id, outcome.reason.facts['row']]]));
}

test('of a group the longest row stays, of rows as long the first', async () => {
  const other = textRow('Something else altogether.', 9);
  const rows = [textRow(LETTER, 7), textRow(`${LETTER} Best.`, 8), other, textRow(LETTER, 12)];
  expect(await left(rows)).toEqual([
    [7, 9],
    [12, 9],
  ]);
});

test('the best rated stays where rows are rated, unless the longest was asked for', async () => {
  const rows = [textRow(`${LETTER} Best.`, 0, { rating: 2 }), textRow(LETTER, 1, { rating: 5 }), textRow(LETTER, 2)];
  expect(await left(rows)).toEqual([
    [0, 2],
    [2, 2],
  ]);
  expect(await left(rows, { keep: 'longest' })).toEqual([
    [1, 1],
    [2, 1],
  ]);
});

test('groups can be marked in a column, so that a split keeps them together', async () => {
  const rows = [textRow('Something else.', 4), textRow(LETTER, 5), textRow(`${LETTER} Best.`, 6)];
  const outcomes = await outcomesOf(nearDuplicatesStep, rows, { keep: 'all' });
  expect(outcomes.map((outcome) => outcome.kept && outcome.facts)).toEqual([
    undefined,
    { 'near-group': 6 },
    { 'near-group': 6 },
  ]);
});

test('rows, questions or answers are compared', async () => {
  const question = 'How do I change the filter of the small coffee machine in the kitchen?';
  const answer = 'Open the lid at the back, press both clips, and lift the old filter out.';
  const rows = [talk(0, question, answer), talk(1, `${question}?`, 'No idea.'), talk(2, 'Filter?', `${answer}.`)];
  expect(await left(rows)).toEqual([]);
  expect(await left(rows, { on: 'question' })).toEqual([[1, 1]]);
  expect(await left(rows, { on: 'answer' })).toEqual([[2, 1]]);
});

test('a higher threshold keeps rows that are less alike', async () => {
  const rows = [textRow(LETTER, 0), textRow(LETTER.replace('garden', 'kitchen'), 1)];
  expect(await left(rows, { similarity: 0.7 })).toHaveLength(1);
  expect(await left(rows, { similarity: 0.95 })).toEqual([]);
});

test('how many rows other similarities would leave out is known without another pass', async () => {
  const rows = [
    LETTER,
    `${LETTER} Best.`,
    `${LETTER} Best wishes, and do write again soon.`,
    'Something else.',
    LETTER,
  ];
  const cleaned = rows.map((text, id) => textRow(text, id));
  const start = (similarity: number, keep = 'longest') => {
    const settings = { ...nearDuplicatesStep.defaults, keep, similarity };
    const pass = nearDuplicatesStep.start(settings, { content: 'text', seed: 1 });
    for (const row of cleaned) pass.see!(row);
    return pass;
  };
  const pass = start(0.7);
  await pass.plan!();
  const { setting, values, left: counts } = pass.sweep!()!;
  expect([setting, values[0], values.at(-1)]).toEqual(['similarity', 0.6, 1]);
  expect(new Set(counts).size).toBeGreaterThan(2);
  for (const [i, similarity] of values.entries()) expect(counts[i]).toBe((await left(cleaned, { similarity })).length);
  const marking = start(0.7, 'all');
  await marking.plan!();
  expect(marking.sweep!()).toBeUndefined();
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { leaksStep } from '../../../src/data/clean/leaks';
import type { CleanRow } from '../../../src/data/clean/step';
import { plantLeaks, type PlantedTalk } from './planted';
import { outcomesOf, textRow, turnsRow } from './rows';

const sideOf = (held: boolean) => ({ split: held ? 'validation' : 'train' });
const talkRow = ({ question, answer, held }: PlantedTalk, id: number): CleanRow =>
  turnsRow(
    [
      ['question', question],
      ['answer', answer],
    ],
    id,
    sideOf(held),
  );

/** The places of the rows that are moved. */
async function moved(rows: readonly CleanRow[], settings: Partial<typeof leaksStep.defaults> = {}): Promise<number[]> {
  const outcomes = await outcomesOf(leaksStep, rows, settings);
  return outcomes.flatMap((outcome, i) => {
    if (!outcome.kept || outcome.held === undefined) return [];
    expect(outcome.held).toBe(!rows[i]!.held);
    return [i];
  });
}

type GoldenRow = { held: boolean; text: string } | PlantedTalk;
const golden = JSON.parse(
  readFileSync(new URL('../../fixtures/goldens/leaks.json', import.meta.url), 'utf8'),
) as Record<'chat' | 'text', { rows: GoldenRow[]; train: number[]; validation: number[] }>;

test.each(['chat', 'text'] as const)('%s: the rows that the n-gram rule of decontamination moves', async (name) => {
  const { rows, train, validation } = golden[name];
  const clean = rows.map((row, i) => ('text' in row ? textRow(row.text, i, sideOf(row.held)) : talkRow(row, i)));
  expect(train.length).toBeGreaterThan(2);
  expect(await moved(clean)).toEqual(train);
  expect(await moved(clean, { to: 'validation' })).toEqual(validation);
});

test('planted leaks: recall and precision over seeds', async () => {
  let [planted, hit, given] = [0, 0, 0];
  for (let seed = 0; seed < 8; seed++) {
    const { talks, leaks } = plantLeaks(seed, 400);
    const found = new Set(await moved(talks.map(talkRow)));
    planted += leaks.length;
    hit += leaks.filter((row) => found.has(row)).length;
    given += found.size;
  }
  console.log(`leaks: recall ${hit}/${planted}, precision ${hit}/${given}`);
  expect(planted).toBeGreaterThan(300);
  expect([hit, given]).toEqual([planted, planted]);
});

test('each moved row names one of the other side and why', async () => {
  const answer = 'Warm the milk slowly, stir in the flour, add salt, and let it rest for ten minutes.';
  const rows = [
    talkRow({ question: 'Sauce?', answer: `Well. ${answer}`, held: false }, 10),
    talkRow({ question: 'How is the white sauce made that my aunt from Lyon serves?', answer, held: true }, 11),
    textRow('The harbour of the old town is quiet in winter.', 12, sideOf(false)),
    textRow('The harbour of the old town is quiet in winter!', 13, sideOf(true)),
  ];
  const outcomes = await outcomesOf(leaksStep, rows);
  expect(outcomes[1]).toEqual({ kept: true, held: false, reason: { code: 'leak-passage', facts: { row: 11 } } });
  expect(outcomes[3]).toEqual({ kept: true, held: false, reason: { code: 'leak-copy', facts: { row: 13 } } });
  const back = await outcomesOf(leaksStep, rows, { to: 'validation' });
  expect(back[0]).toEqual({ kept: true, held: true, reason: { code: 'leak-passage', facts: { row: 12 } } });
});

test('without held-out rows nothing leaks', async () => {
  expect(await moved(plantLeaks(1, 60).talks.map((talk, i) => talkRow({ ...talk, held: false }, i)))).toEqual([]);
});

test('it is said where no held-out row would be left', async () => {
  const copied = 'Warm the milk slowly, stir in the flour, add salt, and let it rest for ten minutes.';
  const rows = [textRow(copied, 0, sideOf(false)), textRow(`${copied} Stir.`, 1, sideOf(true))];
  const notes = async (all: readonly CleanRow[], to: 'train' | 'validation' = 'train') => {
    const pass = leaksStep.start({ ...leaksStep.defaults, to }, { content: 'text', seed: 1 });
    for (const row of all) pass.see!(row);
    await pass.plan!();
    return pass.notes!();
  };
  expect(await notes(rows)).toEqual([{ code: 'leaks-none-held', facts: {} }]);
  expect(await notes(rows, 'validation')).toEqual([]);
  const other = textRow(
    'The tram to the harbour leaves at nine from the square with the old fountain.',
    2,
    sideOf(true),
  );
  expect(await notes([...rows, other])).toEqual([]);
});

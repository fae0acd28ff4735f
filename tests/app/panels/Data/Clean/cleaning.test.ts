// The recipe that a person works on: steps in their order, and a history in which going back loses nothing.
import '../../../page';
import { expect, test, vi } from 'vitest';
import type { DatasetRecord } from '../../../../../src/base/records/dataset';
import type { RecipeRecord } from '../../../../../src/base/records/recipe';
import { Cleaning } from '../../../../../src/app/panels/Data/Clean/cleaning.svelte';
import { stepFacts } from '../../../../../src/studio/data/stepFacts';
import type { DataApi } from '../../../../../workers/data.api';
import { describedDataset } from '../../../../storage/storage';

const DATASET: DatasetRecord = { ...describedDataset('a'), id: 'd', createdAt: 1, rows: 3, characters: 9, chunks: 1 };

/** A worker that keeps what it is given, and counts nothing. */
function opened(stored?: RecipeRecord) {
  const kept: RecipeRecord[] = [];
  const data: Partial<DataApi> = {
    cleanSteps: () => Promise.resolve(stepFacts()),
    readRecipe: () => Promise.resolve(stored),
    keepRecipe: (record) => Promise.resolve(void kept.push(record)),
    cleanFindings: () => Promise.resolve({ rows: 3, findings: [], columns: [{ name: 'rating', rows: 3, values: [] }] }),
    previewRecipe: () => Promise.resolve({ rows: 3, left: 0, added: 0, held: 0, steps: [] }),
    recipeIn: (text) => Promise.resolve(JSON.parse(text) as never),
    columnsNeeded: () => Promise.resolve(['rating', 'label']),
  };
  const cleaning = new Cleaning({ data: data as DataApi });
  return { cleaning, kept, ready: cleaning.open(DATASET) };
}
const kinds = ({ steps }: Cleaning): string[] => steps.map(({ kind }) => kind);

test('a step comes where its kind stands in the list, and moves by one', async () => {
  const { cleaning, ready } = opened();
  await ready;
  for (const kind of ['split', 'duplicates', 'unicode', 'edit']) cleaning.add(kind);
  expect(kinds(cleaning)).toEqual(['unicode', 'duplicates', 'edit', 'split']);
  cleaning.move(cleaning.steps[1]!, -1);
  cleaning.move(cleaning.steps[0]!, -1); // it is the first
  expect(kinds(cleaning)).toEqual(['duplicates', 'unicode', 'edit', 'split']);
});

test('going back and changing something keeps what was ahead', async () => {
  const { cleaning, ready } = opened();
  await ready;
  for (const kind of ['unicode', 'length', 'duplicates']) cleaning.add(kind);
  cleaning.undo();
  cleaning.undo();
  expect(kinds(cleaning)).toEqual(['unicode']);
  cleaning.add('markup');
  expect(kinds(cleaning)).toEqual(['unicode', 'markup']);
  expect(cleaning.states.map(({ deed, from }) => [deed, from])).toEqual([
    ['begun', 0],
    ['added', 0],
    ['added', 1],
    ['added', 2],
    ['added', 1],
  ]);
  cleaning.go(3);
  expect(kinds(cleaning)).toEqual(['unicode', 'length', 'duplicates']);
  cleaning.undo();
  cleaning.redo();
  expect(cleaning.at).toBe(3);
  cleaning.go(1);
  expect(cleaning.next).toBe(4); // the latest way on
  cleaning.go(0);
  expect(cleaning.canUndo).toBe(false);
});

test('every state is stored, and comes back after a reload', async () => {
  const { cleaning, kept, ready } = opened();
  await ready;
  cleaning.add('length');
  cleaning.set(cleaning.steps[0]!, { least: 5 });
  cleaning.turn(cleaning.steps[0]!, false);
  const again = opened(structuredClone(kept.at(-1)));
  await again.ready;
  expect(again.cleaning.states).toEqual(cleaning.states);
  expect(again.cleaning.steps).toMatchObject([{ kind: 'length', on: false, settings: { least: 5, most: 100_000 } }]);
  again.cleaning.undo();
  expect(again.cleaning.steps[0]!.on).toBe(true);
});

test('changes by hand gather in one step, the last one of a row counts, and a filter is taken off', async () => {
  const { cleaning, ready } = opened();
  await ready;
  cleaning.edit({ id: 4 }, ['a']);
  cleaning.edit({ id: 5 });
  cleaning.edit({ id: 4 }, ['b']);
  expect(cleaning.steps.map(({ settings }) => settings)).toEqual([{ edits: ['{"id":5}', '{"id":4,"texts":["b"]}'] }]);
  cleaning.set(cleaning.steps[0]!, { edits: ['no change', '{"id":4,"texts":["b"]}'] }); // as a file may hold
  cleaning.edit({ id: 4 });
  expect(cleaning.steps[0]!.settings).toEqual({ edits: ['no change', '{"id":4}'] });
  cleaning.add('length', { filter: [{ column: 'turns', range: [1, 2] }] });
  cleaning.widen(cleaning.steps[0]!);
  expect([cleaning.steps[0]!.kind, 'filter' in cleaning.steps[0]!]).toEqual(['length', false]);
});

test('a saved recipe replaces the steps, and columns that are not here are named', async () => {
  const { cleaning, ready } = opened();
  await ready;
  await vi.waitFor(() => expect(cleaning.findings).toBeDefined());
  cleaning.add('unicode');
  const steps = [{ id: 'x', kind: 'length', on: true, settings: { least: 3 } }];
  await cleaning.load(new File([JSON.stringify({ steps })], 'r.json'));
  expect([kinds(cleaning), cleaning.lacking]).toEqual([['length'], ['label']]);
  cleaning.undo();
  expect(kinds(cleaning)).toEqual(['unicode']);
});

test('a recipe’s file holds the list of names only where that is asked for', async () => {
  const { cleaning, ready } = opened();
  await ready;
  cleaning.add('personal-data');
  expect(cleaning.namesPeople).toBe(false);
  cleaning.set(cleaning.steps[0]!, { names: ['Mia Stone'], email: false });
  expect(cleaning.namesPeople).toBe(true);
  expect(cleaning.file(false)).not.toContain('Mia');
  expect(JSON.parse(cleaning.file(false))).toMatchObject({
    steps: [{ kind: 'personal-data', settings: { email: false } }],
  });
  expect(JSON.parse(cleaning.file(true))).toEqual(cleaning.recipe());
});

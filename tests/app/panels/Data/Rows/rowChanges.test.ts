// What the recipe changes of single rows, as the table shows it.
import { expect, test } from 'vitest';
import type { RecipeStep } from '../../../../../src/base/records/recipe';
import { changesIn } from '../../../../../src/app/panels/Data/Rows/rowChanges';

const edits = (texts: readonly string[], patch: Partial<RecipeStep> = {}): RecipeStep => ({
  ...{ id: 'e', kind: 'edit', on: true, settings: { edits: texts } },
  ...patch,
});

test('a later change counts; a step that is off, or of another kind, changes nothing', () => {
  const steps = [
    edits(['{"id":3,"texts":["dusk"]}', '{"id":4}']),
    edits(['{"id":3,"texts":["dawn"]}']),
    edits(['{"id":5}'], { on: false }),
    edits(['{"id":6}'], { kind: 'labels' }),
  ];
  expect([...changesIn(steps)]).toEqual([
    [3, ['dawn']],
    [4, undefined],
  ]);
});

test('what is no change in a recipe from a file is passed over', () => {
  const texts = [
    '',
    'no JSON',
    'null',
    '7',
    '{"id":"3"}',
    '{"id":1,"texts":"all"}',
    '{"id":1,"texts":[2]}',
    '{"id":2}',
  ];
  expect([...changesIn([edits(texts)])]).toEqual([[2, undefined]]);
});

// What the table of rows keeps in the address comes back from it; what is typed by hand breaks nothing.
import { expect, test } from 'vitest';
import {
  NOTHING_CHOSEN,
  rowsPlaceIn,
  placeText,
  type RowsPlace,
} from '../../../../../src/app/panels/Data/Rows/rowsAddress';

const PLACE: RowsPlace = {
  filter: [
    { column: 'label', values: ['a/b', '日本'] },
    { column: 'rating', ranges: [[1, 2.5]] },
    { column: 'text', contains: 'x & y' },
  ],
  sort: { column: 'characters', down: true },
  asked: [{ kind: 'tokens', tokenizerId: 't' }],
  open: ['label'],
};

test('a filter, an order and columns come back, and leave no slash in the address', () => {
  const text = placeText(PLACE);
  expect(text).not.toContain('/');
  expect(rowsPlaceIn(decodeURIComponent(text))).toEqual(PLACE);
});

test('where nothing is chosen nothing is written', () => {
  expect(placeText(NOTHING_CHOSEN)).toBe('');
  expect(rowsPlaceIn(undefined)).toEqual(NOTHING_CHOSEN);
});

test.each([
  '{',
  '7',
  'null',
  '{"filter":7}',
  '{"filter":[{"column":"a"},{"values":["b"]},null]}',
  '{"asked":[{"kind":"x"}]}',
])('%s counts as nothing chosen', (text) => expect(rowsPlaceIn(text)).toEqual(NOTHING_CHOSEN));

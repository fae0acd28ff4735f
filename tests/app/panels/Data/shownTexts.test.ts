import { datasetRecord } from '../../fakes';
import { expect, test } from 'vitest';
import { FEW_TEXTS, shownTexts } from '../../../../src/app/panels/Data/shownTexts';

const list = Array.from({ length: 41 }, (_, i) => datasetRecord(`Text ${41 - i}`, i === 7 ? { content: 'chat' } : {}));
const kindOf = ({ content }: { content?: string }): string => (content === 'chat' ? '对话' : '文本');
const shown = (asked: { query?: string; all?: boolean; openId?: string }): string[] =>
  shownTexts(list, { query: '', all: false, openId: undefined, kindOf, ...asked }).map(({ id }) => id);

test('a long list shows its newest, and the open text wherever it stands', () => {
  expect(shown({})).toEqual(['Text 41', 'Text 40', 'Text 39', 'Text 38', 'Text 37']);
  expect(shown({}).length).toBe(FEW_TEXTS);
  expect(shown({ openId: 'Text 3' }).slice(FEW_TEXTS)).toEqual(['Text 3']);
  expect(shown({ openId: 'Text 40' }).length).toBe(FEW_TEXTS);
});

test('unfolded, it shows all', () => {
  expect(shown({ all: true }).length).toBe(41);
});

test('a filter looks through all names and kinds, in either case and width', () => {
  expect(shown({ query: ' tEXT 4１ ' })).toEqual(['Text 41']);
  expect(shown({ query: '对话' })).toEqual(['Text 34']);
  expect(shown({ query: 'no such', openId: 'Text 3' })).toEqual([]);
});

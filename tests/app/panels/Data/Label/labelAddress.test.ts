import { expect, test } from 'vitest';
import { filterOf, labelPath, onlyIn } from '../../../../../src/app/panels/Data/Label/labelAddress';

test('a filter stands in the address of a task, of the form and of the list, and is read back', () => {
  const only = { filter: [{ column: 'column:a/b', values: ['x/y?'] }], asked: [] };
  for (const at of ['t', 'new', undefined]) {
    const parts = labelPath('d', at, only).split('/');
    expect(parts.slice(0, 4)).toEqual(['data', 'label', 'd', at ?? 'tasks']);
    expect(parts).toHaveLength(5);
    expect(onlyIn(decodeURIComponent(parts[4]!))).toEqual(only);
  }
  expect([labelPath('d'), labelPath('d', 't')]).toEqual(['data/label/d', 'data/label/d/t']);
  for (const part of [undefined, '{}', '{"filter":3}', 'not json']) expect(onlyIn(part)).toBeUndefined();
});

test('columns that no condition is on are not computed for the queue', () => {
  const filter = [{ column: 'guess-language', values: ['eng'] }];
  const asked = [{ kind: 'near' as const }, { kind: 'language' as const }];
  expect(filterOf({ filter, asked })).toEqual({ filter, asked: [{ kind: 'language' }] });
  expect(filterOf({ filter: [], asked })).toBeUndefined();
});

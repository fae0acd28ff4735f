import { expect, test } from 'vitest';
import { ClassCollector, labelNumber, labelsIn, labelsOfRow } from '../../../src/data/labels/rowLabels';
import type { RowFacts } from '../../../src/base/records/recipe';

const classesOf = (...rows: RowFacts[]) => {
  const collector = new ClassCollector();
  rows.forEach((facts) => collector.see(labelsOfRow(facts)));
  return collector.classes('rows.csv');
};

test('labels are read as names, numbers, flags and lists', () => {
  expect(labelsOfRow({ label: ' calm ' })).toEqual({ names: ['calm'], listed: false });
  expect(labelsOfRow({ labels: 2 })).toEqual({ names: ['2'], listed: false });
  expect(labelsOfRow({ label: false })).toEqual({ names: ['false'], listed: false });
  expect(labelsOfRow({ labels: '["a", "b", "a"]' })).toEqual({ names: ['a', 'b'], listed: true });
  expect(labelsOfRow({ labels: '[]' })).toEqual({ names: [], listed: true });
  expect(labelsOfRow({ label: '[urgent' })).toEqual({ names: ['[urgent'], listed: false });
  expect(labelsOfRow({ label: '  ' })).toBeUndefined();
  expect(labelsOfRow({ split: 'train' })).toBeUndefined();
});

test('classes stand by name, numbers by size, whatever comes first', () => {
  expect(classesOf({ label: 'sad' }, { label: 'glad' }, {})).toEqual({ names: ['glad', 'sad'] });
  expect(classesOf({ label: 10 }, { label: 9 }, { label: 0 }).names).toEqual(['0', '9', '10']);
  expect(classesOf({ labels: '["b"]' }, { labels: '[]' })).toEqual({ names: ['b'], several: true });
  const mixed = ['1a', '9', '10', 'b'].map((label) => ({ label }));
  for (let i = 0; i < mixed.length; i++)
    expect(classesOf(...mixed.slice(i), ...mixed.slice(0, i)).names).toEqual(['9', '10', '1a', 'b']);
});

test('what no classifier can learn is refused by name', () => {
  const codeOf = (...rows: RowFacts[]): unknown => {
    try {
      return classesOf(...rows);
    } catch (thrown) {
      return (thrown as { code: string }).code;
    }
  };
  expect(codeOf({}, { label: '' })).toBe('dataset-not-labelled');
  expect(codeOf({ label: 'one' }, { label: 'one' })).toBe('classes-one');
  expect(codeOf(...Array.from({ length: 1001 }, (_, i) => ({ label: `text ${i}` })))).toBe('classes-many');
  expect(codeOf(...Array.from({ length: 32 }, (_, i) => ({ labels: `["${i}"]` })))).toBe('classes-several-many');
});

test('a classifier that is trained further keeps its classes', () => {
  const collector = new ClassCollector();
  collector.see({ names: ['b'], listed: false });
  const known = { names: ['c', 'b', 'a'] };
  expect(collector.classes('', known)).toBe(known);
  collector.see({ names: ['x'], listed: false });
  expect(() => collector.classes('', known)).toThrow(expect.objectContaining({ code: 'class-unknown' }));
  const listed = new ClassCollector();
  listed.see({ names: ['a', 'b'], listed: true });
  expect(() => listed.classes('', known)).toThrow(expect.objectContaining({ code: 'classes-not-several' }));
});

test('the number of a label says its names again', () => {
  const one = { names: ['a', 'b', 'c'] };
  expect(labelsIn(one, labelNumber(one, ['c']))).toEqual(['c']);
  const several = { names: Array.from({ length: 31 }, (_, i) => `${i}`), several: true as const };
  for (const names of [[], ['0'], ['30'], ['3', '17', '30']])
    expect(labelsIn(several, labelNumber(several, names))).toEqual(names);
});

test('a message tells the first of many classes', () => {
  const collector = new ClassCollector();
  collector.see({ names: ['stranger'], listed: false });
  const names = Array.from({ length: 3000 }, (_, i) => `kind ${i}`);
  expect(() => collector.classes('', { names })).toThrow(
    expect.objectContaining({ facts: { label: 'stranger', classes: `${names.slice(0, 40).join(', ')}, …` } }),
  );
});

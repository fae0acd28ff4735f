import { expect, test } from 'vitest';
import { Fields } from '../../../src/formats/fields';
import { readHfClasses, readHfThresholds } from '../../../src/formats/huggingFace/hfClasses';

test('names that stand twice, or that another one was given, stay apart', () => {
  const id2label = { 0: 'a', 1: 'a', 2: 'a (1)', 3: 'a' };
  const { names } = readHfClasses(Fields.parse(JSON.stringify({ id2label }), 'config.json'));
  expect(names.slice(0, 2)).toEqual(['a', 'a (1)']);
  expect(new Set(names).size).toBe(4);
});

test('a regression is refused by the field that says so', () => {
  const f = Fields.parse('{"problem_type": "regression", "num_labels": 2}', 'config.json');
  expect(() => readHfClasses(f)).toThrow(expect.objectContaining({ code: 'config-unsupported' }));
});

test('thresholds are read beside numbers that Python alone writes', () => {
  const text = '{"thresholds": [0.25, 0.5], "rope": Infinity, "unset": NaN}';
  expect(readHfThresholds(text, 'config.json', { names: ['a', 'b'], several: true })).toEqual([0.25, 0.5]);
});

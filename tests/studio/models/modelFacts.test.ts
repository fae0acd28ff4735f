import { expect, test } from 'vitest';
import { licenceOf } from '../../../src/studio/models/modelFacts';

test.each([
  ['license: apache-2.0', 'apache-2.0'],
  ['language: en\nlicense: "mit"  \ntags: [a]', 'mit'],
  ['license: gemma\r\nlanguage: en\r', 'gemma'],
  ['license:\nlanguage: en', undefined],
  ['license_name: x', undefined],
])('the licence in the head of a card: %j', (head, licence) => {
  expect(licenceOf(`---\n${head}\n---\n# Model\nlicense: other`)).toBe(licence);
});

test('a card without a head names none', () => {
  expect(licenceOf('# Model\nlicense: mit')).toBeUndefined();
  expect(licenceOf(undefined)).toBeUndefined();
});

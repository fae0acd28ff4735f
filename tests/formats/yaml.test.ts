import { expect, test } from 'vitest';
import { writeYaml } from '../../src/formats/yaml';

test('nesting, lists of objects, and strings that look like something else', () => {
  expect(writeYaml({ a: 'no', b: [1, 'x: y'], c: [{ d: null, e: ['f'] }], g: {}, h: undefined, i: [] })).toBe(
    'a: "no"\nb:\n  - 1\n  - "x: y"\nc:\n  - d: null\n    e:\n      - "f"\ng:\ni: []\n',
  );
});

test('numbers that readers of its first version would take for strings', () => {
  expect(writeYaml({ a: 1e-8, b: 1.5e-8, c: [2e-7], d: 1e21, e: -0.5 })).toBe(
    'a: 1.0e-8\nb: 1.5e-8\nc:\n  - 2.0e-7\nd: 1.0e+21\ne: -0.5\n',
  );
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cohenKappa } from '../../../src/data/labels/kappa';

const cases = JSON.parse(readFileSync('tests/fixtures/goldens/kappa.json', 'utf8')) as {
  pairs: [string, string][];
  /** Null: undefined. */
  kappa: number | null;
}[];

test.each(cases)('case %#: kappa is that of scikit-learn', ({ pairs, kappa }) => {
  const ours = cohenKappa(pairs);
  if (kappa === null) expect(ours).toBeUndefined();
  else expect(ours).toBeCloseTo(kappa, 12);
});

test('of no pairs there is none', () => {
  expect(cohenKappa([])).toBeUndefined();
});

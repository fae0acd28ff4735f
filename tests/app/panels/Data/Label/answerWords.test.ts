import '../../../page';
import { expect, test } from 'vitest';
import { belowWords } from '../../../../../src/app/panels/Data/Label/answerWords';
import type { Suggestion } from '../../../../../src/base/wire/labels';

test('who listens hears the doubted label and the suggestion before Enter accepts it, as the sides stand', () => {
  const suggested: Suggestion = {
    ...{ model: 'judge', answer: { kind: 'better', better: 'first' }, probability: 0.8 },
    all: [],
  };
  expect(belowWords({ turned: false })).toBe('');
  expect(belowWords({ turned: false, suggested })).toBe('judge suggests: Answer A 80%');
  expect(belowWords({ turned: true, suggested })).toBe('judge suggests: Answer B 80%');
  const given = { label: 'calm', probability: 0.01 };
  expect(belowWords({ turned: false, given })).toBe('Label beside the row: calm. The model gives it 1%.');
});

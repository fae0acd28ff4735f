import { expect, test } from 'vitest';
import { notePending } from '../../../../src/app/panels/Runs/notePending';

test('a note that was not stored yet is that of its run alone', () => {
  expect(notePending({ run: 'a', note: 'better with dro' }, 'a')).toBe('better with dro');
  expect(notePending({ run: 'a', note: '' }, 'a')).toBe('');
  for (const other of [{ run: 'b', note: 'x' }, { run: 'a', note: 3 }, { run: 'a' }, 'a', null, undefined, []])
    expect(notePending(other, 'a')).toBeUndefined();
});

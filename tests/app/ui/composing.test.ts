import { expect, test } from 'vitest';
import { endsEditing, sendsMessage } from '../../../src/app/ui/composing';

const ENTER = { key: 'Enter', shiftKey: false, altKey: false, isComposing: false, keyCode: 13 };
const press = (given: Partial<typeof ENTER> = {}): boolean => sendsMessage({ ...ENTER, ...given });

test('Enter sends; with Shift it breaks the line; while an input method composes it takes the suggestion', () => {
  expect(press()).toBe(true);
  expect(press({ shiftKey: true })).toBe(false);
  expect(press({ altKey: true })).toBe(false);
  expect(press({ isComposing: true })).toBe(false);
  expect(press({ keyCode: 229 })).toBe(false); // Safari, at the end of a composition
  expect(press({ key: 'a', keyCode: 65 })).toBe(false);
});

test('Enter keeps what a field changes and Escape drops it, but neither while an input method composes', () => {
  expect(endsEditing(ENTER)).toBe('keep');
  expect(endsEditing({ ...ENTER, key: 'Escape', keyCode: 27 })).toBe('drop');
  expect(endsEditing({ ...ENTER, key: 'a', keyCode: 65 })).toBeUndefined();
  for (const key of ['Enter', 'Escape']) {
    expect(endsEditing({ ...ENTER, key, isComposing: true })).toBeUndefined();
    expect(endsEditing({ ...ENTER, key, keyCode: 229 })).toBeUndefined();
  }
});

import { expect, test } from 'vitest';
import { sendsMessage } from '../../../../src/app/panels/Chat/composing';

const press = (given: Partial<Parameters<typeof sendsMessage>[0]> = {}): boolean =>
  sendsMessage({ key: 'Enter', shiftKey: false, altKey: false, isComposing: false, keyCode: 13, ...given });

test('Enter sends; with Shift it breaks the line; while an input method composes it takes the suggestion', () => {
  expect(press()).toBe(true);
  expect(press({ shiftKey: true })).toBe(false);
  expect(press({ altKey: true })).toBe(false);
  expect(press({ isComposing: true })).toBe(false);
  expect(press({ keyCode: 229 })).toBe(false); // Safari, at the end of a composition
  expect(press({ key: 'a', keyCode: 65 })).toBe(false);
});

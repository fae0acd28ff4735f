import { expect, test } from 'vitest';
import { labelKey, type Press } from '../../../../../src/app/panels/Data/Label/keys';

const press = (key: string, code: string, patch: Partial<Press> = {}): string | undefined =>
  labelKey({
    ...{ key, code, repeat: false, isComposing: false },
    ...{ altKey: false, ctrlKey: false, metaKey: false, shiftKey: false },
    ...patch,
  });

test.each([
  ['a letter', press('k', 'KeyK'), 'k'],
  ['with Caps Lock', press('K', 'KeyK'), 'k'],
  ['a digit', press('2', 'Digit2'), '2'],
  ['of the number pad', press('2', 'Numpad2'), '2'],
  ['of a French keyboard', press('é', 'Digit2'), '2'],
  ['with Shift still down from selecting', press('@', 'Digit2', { shiftKey: true }), '2'],
  ['of a Russian keyboard', press('л', 'KeyK'), 'k'],
  ['on Dvorak by its letter', press('k', 'KeyV'), 'k'],
  ['Enter', press('Enter', 'Enter'), 'Enter'],
  ['Ctrl+Z', press('z', 'KeyZ', { ctrlKey: true }), 'Backspace'],
  ['Command+Z', press('z', 'KeyZ', { metaKey: true }), 'Backspace'],
])('%s', (_what, found, wanted) => {
  expect(found).toBe(wanted);
});

test.each([
  ['held down', press('k', 'KeyK', { repeat: true })],
  ['of an input method', press('Process', 'KeyK')],
  ['while composing', press('k', 'KeyK', { isComposing: true })],
  ['Ctrl+Shift+Z', press('Z', 'KeyZ', { ctrlKey: true, shiftKey: true })],
  ['Ctrl+K', press('k', 'KeyK', { ctrlKey: true })],
  ['Alt+D', press('d', 'KeyD', { altKey: true })],
  ['0', press('0', 'Digit0')],
  ['F1', press('F1', 'F1')],
])('no key of the queue: %s', (_what, found) => {
  expect(found).toBeUndefined();
});

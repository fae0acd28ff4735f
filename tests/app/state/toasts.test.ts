import '../fakes';
import { expect, test } from 'vitest';
import { Toasts } from '../../../src/app/state/toasts.svelte';

const words = (toasts: Toasts): string[] => toasts.list.map(({ text }) => text());

test('an undo says what it took back, in place of the message that offered it', async () => {
  const toasts = new Toasts();
  toasts.undoable(
    () => '“a” was deleted.',
    () => Promise.resolve(),
  );
  expect(await toasts.undo()).toBe(true);
  expect(words(toasts)).toEqual(['Undone: “a” was deleted.']);
  expect(await toasts.undo()).toBe(false);
});

test('an undo that fails says why, and does not call itself done', async () => {
  const toasts = new Toasts();
  toasts.undoable(
    () => '“a” was deleted.',
    () => Promise.reject(new Error('no')),
  );
  await toasts.undo();
  expect(toasts.list.map(({ tone }) => tone)).toEqual(['bad']);
});

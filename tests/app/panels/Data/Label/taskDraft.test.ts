// What a new label task is filled with after a reload, which classes are typed, and the orders that it is offered.
import { expect, test } from 'vitest';
import { ordersFor } from '../../../../../src/app/panels/Data/Label/asked';
import { LABEL_ORDERS } from '../../../../../src/base/records/labels';
import { classesFault, classesIn, typedTask } from '../../../../../src/app/panels/Data/Label/taskDraft';

const TYPED = {
  name: 'Moods',
  kind: 'classes',
  classes: 'calm\nangry',
  several: true,
  guidelines: 'By the last turn.',
};

test('a form that was half filled comes back for its own dataset', () => {
  expect(typedTask({ of: 'd', ...TYPED, order: 'rows' }, 'd')).toEqual({ ...TYPED, order: 'rows' });
  const usual = { name: '', kind: 'keep', classes: '', several: false, guidelines: '', order: 'shuffled' };
  expect(typedTask({ of: 'other', ...TYPED }, 'd')).toEqual(usual);
});

test('a draft that another version or a person wrote gives the usual in place of what cannot be', () => {
  expect(typedTask({ of: 'd', name: 3, kind: 'guess', classes: ['a'], several: 'yes', order: 'best' }, 'd')).toEqual(
    typedTask(null, 'd'),
  );
});

test('a task is offered the orders that it can be asked in, and keeps the one that it has', () => {
  expect(ordersFor('spans')).toEqual(['shuffled', 'rows']);
  expect(ordersFor('keep')).toEqual(['shuffled', 'rows', 'uncertain']);
  expect(ordersFor('rating')).toEqual([...LABEL_ORDERS]);
  expect(ordersFor('spans', 'uncertain')).toEqual(['shuffled', 'rows', 'uncertain']);
});

test('classes are typed one per line, each once', () => {
  expect(classesIn(' calm \n\nangry\ncalm')).toEqual(['calm', 'angry']);
  expect(classesFault('classes', [])).toBe('missing');
  expect(classesFault('keep', [])).toBeUndefined();
});

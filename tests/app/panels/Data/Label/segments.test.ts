import { expect, test } from 'vitest';
import type { LabelSpan } from '../../../../../src/base/records/labels';
import { segmentsOf, trimmedStretch } from '../../../../../src/app/panels/Data/Label/segments';

const TEXT = 'The Iona left Oban at six.';
const span = (text: string, label: string, part = 0): LabelSpan => {
  const start = TEXT.indexOf(text);
  return { part, start, end: start + text.length, label, text };
};

test('pieces are the text again, each with its marks', () => {
  const spans = [span('Iona', 'SHIP'), span('Oban', 'PLACE'), span('six', 'TIME', 1)];
  const pieces = segmentsOf(TEXT, 0, spans);
  expect(pieces.map(({ text }) => text).join('')).toBe(TEXT);
  expect(pieces.map(({ text, ends }) => [text, ends])).toEqual([
    ['The ', []],
    ['Iona', ['SHIP']],
    [' left ', []],
    ['Oban', ['PLACE']],
    [' at six.', []],
  ]);
});

test('marks may overlap; one of another text is not drawn', () => {
  const spans = [span('Iona left', 'EVENT'), span('Iona', 'SHIP'), { ...span('Iona', 'X'), end: 999 }];
  const pieces = segmentsOf(TEXT, 0, spans);
  expect(pieces.map(({ text, spans: over }) => [text, over.map(({ label }) => label)])).toEqual([
    ['The ', []],
    ['Iona', ['EVENT', 'SHIP']],
    [' left', ['EVENT']],
    [' Oban at six.', []],
  ]);
});

test('a stretch begins and ends where something is', () => {
  expect(trimmedStretch(TEXT, 3, 9)).toEqual([4, 8]);
  expect(trimmedStretch(TEXT, 3, 4)).toBeUndefined();
});

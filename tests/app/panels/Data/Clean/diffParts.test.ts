// What differs between two texts, as a bounded number of stretches that add up to both.
import { expect, test } from 'vitest';
import { diffParts, MOST_PARTS, type DiffPart } from '../../../../../src/app/panels/Data/Clean/diffParts';

const side = (parts: readonly DiffPart[], not: DiffPart['kind']): string =>
  parts.flatMap(({ kind, text }) => (kind === not ? [] : [text])).join('');

test('what stays, goes and comes', async () => {
  expect(await diffParts('the old lamp', 'the new lamp')).toEqual([
    { kind: 'same', text: 'the ' },
    { kind: 'gone', text: 'old' },
    { kind: 'new', text: 'new' },
    { kind: 'same', text: ' lamp' },
  ]);
  expect(await diffParts('灯在这里', '灯在那里')).toContainEqual({ kind: 'new', text: '那' });
  expect(await diffParts('手机13800138000，请call我', '手机[PHONE_1]，请mail我')).toEqual([
    { kind: 'same', text: '手机' },
    { kind: 'gone', text: '13800138000' },
    { kind: 'new', text: '[PHONE_1]' },
    { kind: 'same', text: '，请' },
    { kind: 'gone', text: 'call' },
    { kind: 'new', text: 'mail' },
    { kind: 'same', text: '我' },
  ]);
  expect(await diffParts('a', undefined)).toEqual([{ kind: 'gone', text: 'a' }]);
  expect(await diffParts('a', 'a')).toEqual([{ kind: 'same', text: 'a' }]);
});

test('what was found in a text is marked where nothing else differs', async () => {
  const mail = { code: 'personal-email', facts: {} };
  const text = 'Mail ann@x.org or ben@x.org.';
  const spans = [
    { start: 18, end: 27, reason: mail },
    { start: 5, end: 14, reason: mail },
    { start: 8, end: 20, reason: mail },
  ];
  const parts = [
    { kind: 'same', text: 'Mail ' },
    { kind: 'same', text: 'ann@x.org', found: mail },
    { kind: 'same', text: ' or ' },
    { kind: 'same', text: 'ben@x.org', found: mail },
    { kind: 'same', text: '.' },
  ];
  expect(await diffParts(text, text, spans)).toEqual(parts);
  expect(await diffParts(text, undefined, spans)).toEqual(parts.map((part) => ({ ...part, kind: 'gone' })));
  const many = Array.from({ length: 100 }, (_, i) => ({ start: 2 * i, end: 2 * i + 1, reason: mail }));
  const marked = await diffParts('ab'.repeat(100), 'ab'.repeat(100), many);
  expect(marked.length).toBeLessThanOrEqual(MOST_PARTS);
});

test('what was found and replaced is one stretch with its reason, and what came in its place another', async () => {
  const reason = { code: 'personal-phone', facts: { score: 90 } };
  const before = 'Call +44 20 7946 0958 or 张伟 at home.';
  const spans = [
    { start: before.indexOf('张'), end: before.indexOf('张') + 2, reason },
    { start: 5, end: 21, reason },
  ];
  expect(await diffParts(before, 'Call [PHONE_1] or [PERSON_1] at home.', spans)).toEqual([
    { kind: 'same', text: 'Call ' },
    { kind: 'gone', text: '+44 20 7946 0958', found: reason },
    { kind: 'new', text: '[PHONE_1]' },
    { kind: 'same', text: ' or ' },
    { kind: 'gone', text: '张伟', found: reason },
    { kind: 'new', text: '[PERSON_1]' },
    { kind: 'same', text: ' at home.' },
  ]);
  const other = await diffParts(before, 'Phone [PHONE_1] or [PERSON_1] from home.', spans);
  expect(side(other, 'new')).toBe(before);
  expect(side(other, 'gone')).toBe('Phone [PHONE_1] or [PERSON_1] from home.');
  expect(
    await diffParts('ab', 'XY', [
      { start: 0, end: 1, reason },
      { start: 1, end: 2, reason },
    ]),
  ).toEqual([
    { kind: 'gone', text: 'ab' },
    { kind: 'new', text: 'XY' },
  ]);
});

test('texts that differ everywhere make no more stretches', async () => {
  const [before, after] = [0, 1].map((k) =>
    Array.from({ length: 300 }, (_, i) => (i % 2 ? 'x' : `w${i * 2 + k}`)).join(' '),
  );
  const parts = await diffParts(before!, after);
  expect(parts.length).toBeLessThanOrEqual(MOST_PARTS);
  expect([side(parts, 'new'), side(parts, 'gone')]).toEqual([before, after]);
});

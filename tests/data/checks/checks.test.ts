import { beforeAll, describe, expect, test } from 'vitest';
import type { FindingCode } from '../../../src/base/wire/findings';
import type { InspectedRow } from '../../../src/data/checks/check';
import { CHECKS } from '../../../src/data/checks/checks';
import { Preflight } from '../../../src/data/checks/preflight';
import { OwnTokenizer } from '../../../src/data/tokens/ownTokenizer';
import { trainBpe } from '../../../src/data/tokens/trainBpe';
import type { Tokenizer } from '../../../src/data/tokens/tokenizer';

const CONTEXT = 8;
/** Of `<a>`, which good rows have. */
const NEW_ID = 257;
let tokenizer: Tokenizer;
beforeAll(async () => {
  const model = await trainBpe(['x'], 257, {});
  const texts = ['<a>'];
  const added = texts.map((content, i) => ({ id: NEW_ID + i, content, special: true }));
  const grown = { ...model, vocab: [...model.vocab, ...texts], added: [...model.added, ...added] };
  tokenizer = new OwnTokenizer(grown, texts);
});

let texts = 0;
/** A good conversation of `length` tokens: its last `graded` ones count, and the very last ends the turn. */
function row(patch: Partial<InspectedRow> = {}, length = 5, graded = 2): InspectedRow {
  const text = `row ${texts++}`;
  const ids = Uint32Array.from({ length }, (_, i) => (i === length - 1 ? tokenizer.endId : i ? 5 : NEW_ID));
  const weights = Float32Array.from({ length }, (_, i) => (i >= length - graded ? 1 : 0));
  return { text, question: text, answers: ['yes'], held: false, paired: false, encoded: [{ ids, weights }], ...patch };
}
const encodedAs = (length: number, graded: number) => row({}, length, graded).encoded as { ids: Uint32Array }[];
const many = (n = 60): InspectedRow[] => Array.from({ length: n }, () => row());

/** What one check alone finds in these rows. */
function found(code: string, rows: readonly InspectedRow[]) {
  const preflight = new Preflight(
    tokenizer,
    CONTEXT,
    CHECKS.filter((check) => check.code === code),
  );
  rows.forEach((r) => preflight.see(r));
  return preflight.findings();
}

test('every code has one check; what blocks comes first', () => {
  expect(CHECKS.map(({ code }) => code).sort()).toEqual(Object.keys(CASES).sort());
  const levels = CHECKS.map(({ level }) => level);
  expect(levels).toEqual(levels.toSorted());
});

test('good rows have no findings', async () => {
  const preflight = new Preflight(tokenizer, CONTEXT);
  many().forEach((r) => preflight.see(r));
  expect(await preflight.findings()).toEqual([]);
  expect(preflight.train).toEqual({ rows: 60, tokens: 300, packed: 30 });
});

const LETTER = 'Thank you for your letter of the third of May about the delivery of the small garden table';
const LONG_QUESTION = { length: 12, graded: 2 };
/** The type asks for a case of each code. */
const CASES: Record<FindingCode, { rows: () => InspectedRow[]; finds: object }> = {
  'nothing-graded': {
    rows: () => [row({}, LONG_QUESTION.length, LONG_QUESTION.graded), row({}, 5, 0)],
    finds: { level: 'block', count: 2, cures: ['longer-context', 'as-text'], facts: { longest: 11, context: CONTEXT } },
  },
  'template-not-prefix': {
    rows: () => [row(), row({ encoded: { reason: 'prefix' } })],
    finds: { level: 'block', count: 1, rows: [2], cures: ['row-per-answer', 'leave-out-rows'] },
  },
  'template-fails': {
    rows: () => ['a', 'b'].map((code) => row({ encoded: { reason: 'other', refusal: { code, facts: {} } } })),
    finds: { level: 'block', count: 2, rows: [1, 2], refusal: { code: 'a' } },
  },
  'rows-without-grade': {
    rows: () => [row(), row({}, 5, 0), row({ paired: true, encoded: [...encodedAs(5, 2), ...encodedAs(5, 0)] })],
    finds: { level: 'warn', count: 2, rows: [2, 3] },
  },
  'rows-unlabelled': {
    rows: () => [row({ labels: ['a'] }, 5, 1), row({ labels: [] }, 5, 0)],
    finds: { level: 'warn', count: 1, rows: [2], cures: ['leave-out-rows'] },
  },
  'classes-few': {
    rows: () => [...many(8).map((r) => ({ ...r, labels: ['often'] })), row({ labels: ['seldom'] })],
    finds: { level: 'warn', count: 1, facts: { classes: 'seldom' } },
  },
  'classes-held-only': {
    rows: () => [row({ labels: ['a'] }), row({ labels: ['b'], held: true })],
    finds: { level: 'warn', count: 1, facts: { classes: 'b' } },
  },
  'tools-unwritten': {
    rows: () => [row(), row({ unnamed: ['tools'] })],
    finds: { level: 'warn', count: 1, rows: [2] },
  },
  'thinking-in-text': { rows: () => [row(), row({ unnamed: ['thinking'] })], finds: { count: 1, rows: [2] } },
  'thoughts-missing': {
    rows: () => [row({ thinks: true }), row({ thinks: false }), row(), row({ thinks: true })],
    finds: { count: 1, rows: [2], cures: ['thoughts-read', 'thoughts-drop'], facts: { thinking: 2 } },
  },
  'answers-bad': { rows: () => [row(), row({ muted: true }, 5, 0)], finds: { count: 1, rows: [2] } },
  'thumbs-one-sided': {
    rows: () => [
      row({ marks: { good: 1, bad: 0 } }),
      row({ marks: { good: 2, bad: 0 } }),
      row({ marks: { good: 0, bad: 1 }, held: true }),
    ],
    finds: { level: 'warn', count: 3, facts: { good: 3, bad: 0 } },
  },
  'rows-truncated': {
    rows: () => [row({}, CONTEXT + 1), row({}, CONTEXT + 2)],
    finds: { count: 1, rows: [2], cures: ['longer-context'], facts: { longest: CONTEXT + 1, percent: 50 } },
  },
  'turn-end-ungraded': {
    rows: () => [row({ encoded: [{ ids: Uint32Array.of(5, 5, 5), weights: Float32Array.of(0, 0, 1) }] })],
    finds: { level: 'warn', count: 1 },
  },
  'answers-empty': {
    rows: () => [row(), row({ answers: ['yes', ' \n'] })],
    finds: { count: 1, rows: [2] },
  },
  'rows-duplicate': {
    rows: () => [row({ text: 'a' }), row({ text: 'b' }), row({ text: 'a' }), row({ text: 'a' })],
    finds: { count: 2, rows: [3, 4] },
  },
  'rows-near-duplicate': {
    rows: () => [
      row({ text: `${LETTER} a` }),
      row({ text: `${LETTER} a, b` }),
      row({ text: `${LETTER} a, b` }),
      row({ text: `${LETTER} c` }),
      row({ text: `${LETTER} d`, held: true }),
    ],
    finds: { level: 'warn', count: 2, rows: [1, 4], facts: { looked: 5 }, cures: ['leave-out-near-repeats'] },
  },
  'special-in-text': {
    rows: () => [row(), row({ text: 'Mind <|endoftext|>!' })],
    finds: { count: 1, rows: [2], facts: { token: '<|endoftext|>' } },
  },
  'new-token-unused': {
    rows: () => [row({ encoded: [{ ids: Uint32Array.of(5, 5, 5) }] })],
    finds: { level: 'warn', count: 1, facts: { tokens: '<a>' } },
  },
  'secrets-in-rows': {
    rows: () => [row(), row({ text: 'API_KEY="q7Zx' + '92LmPw41"' })],
    finds: { count: 1, rows: [2] },
  },
  'personal-data': {
    rows: () => [
      row(),
      row({ text: 'a@b.example or c@d.example' }),
      row({ text: 'Tel. +49 30 1234567 from 8.8.44.44' }),
    ],
    finds: { count: 2, rows: [2, 3], facts: { email: 2, phone: 1, account: 0, id: 0, other: 1 } },
  },
  'rows-in-both': {
    rows: () => [row({ question: 'How  MUCH?', held: true }), row({ question: 'how much? ' }), row({ held: true })],
    finds: { count: 1, rows: [1] },
  },
  'rows-few': { rows: () => many(49), finds: { level: 'warn', count: 49 } },
};

test('held-out rows leak by what they ask, as a near-copy, and by a passage of an answer', async () => {
  const answer = 'Warm the milk slowly, stir in the flour, add salt, and let it rest for ten minutes.';
  const rows = [
    row({ text: `${LETTER} a` }),
    row({ text: `${LETTER} b`, held: true }),
    row({ text: `Sauce? ${answer.toUpperCase()}`, answers: [answer.toUpperCase()] }),
    row({ text: `How does one make it? ${answer}`, answers: [answer], held: true }),
    row({ question: 'What?' }),
    row({ question: 'what? ', held: true }),
    row({ text: 'Another text', held: true }),
  ];
  expect(await found('rows-in-both', rows)).toMatchObject([{ count: 3, rows: [2, 4, 6] }]);
});

describe('the check', () => {
  test.each(Object.entries(CASES))('%s finds its rows, and nothing in good ones', async (code, { rows, finds }) => {
    expect(await found(code, rows())).toMatchObject([{ code, ...finds }]);
    expect(await found(code, many())).toEqual([]);
  });
});

import { expect, test } from 'vitest';
import { isRefusal } from '../../../src/data/drift/refusals';
import { readUseLog } from '../../../src/studio/data/useLog';

const MONDAY = Date.UTC(2026, 0, 5);
const DAY = 24 * 60 * 60 * 1000;
const SHORT = 'The tea house opens at nine in the morning.';
const LONG = `${SHORT} ${SHORT} ${SHORT} Would you like to know more about it?`;

const fileOf = (name: string, lines: readonly unknown[]): File =>
  new File([lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('')], name);
const answers = (count: number, of: (i: number) => object): object[] =>
  Array.from({ length: count }, (_, i) => ({ prompt: `Question ${i}`, ...of(i) }));

const release = answers(40, (i) => ({ answer: i % 2 ? SHORT : `${SHORT} Yes.`, at: MONDAY + DAY }));
const drifted = answers(40, (i) => ({
  answer: i % 2 ? LONG : "I'm sorry, I can't help with that question today.",
  ...{ at: MONDAY + 8 * DAY, rating: i < 3 ? 1 : 5, model: 'tea v2' },
}));

test('longer answers and refusals are told, the language that stayed is not', async () => {
  const report = await readUseLog({
    log: fileOf('log.jsonl', [...drifted, '{"cut']),
    release: fileOf('r.jsonl', release),
  });
  expect(report).toMatchObject({ release: 40, answers: 40, rated: 40, low: 3, skipped: 1 });
  expect(report.lines.map(({ what, verdict }) => [what, verdict])).toEqual([
    ['length', 'higher'],
    ['refusals', 'higher'],
    ['language', 'unclear'],
  ]);
  expect(report.lines[1]).toMatchObject({ before: 0, now: 0.5 });
  expect(report.feedback[0]).toMatchObject({
    ...{ from: { name: 'tea v2' }, talkId: 'log:log.jsonl', thumb: 'down', state: 'open' },
    asked: [{ role: 'user', content: 'Question 0' }],
  });
});

test('answers that stayed as they were: can’t tell; the same line is the same feedback', async () => {
  const low = release.map((line, i) => ({ ...line, thumb: i === 0 ? 'bad' : 'good' }));
  const files = { log: fileOf('log.jsonl', low), release: fileOf('r.jsonl', release) };
  const [one, other] = [await readUseLog(files), await readUseLog(files)];
  expect(one.lines.every(({ verdict }) => verdict === 'unclear')).toBe(true);
  expect(one.feedback.map(({ id }) => id)).toEqual(other.feedback.map(({ id }) => id));
});

test('without a second file the first week stands for the release, and few answers say nothing', async () => {
  const few = drifted.slice(0, 4).map((line) => ({ ...line, at: MONDAY + 15 * DAY }));
  const report = await readUseLog({ log: fileOf('log.jsonl', [...release, ...drifted, ...few]) });
  expect(report).toMatchObject({ release: 40, answers: 44 });
  expect(report.weeks.map(({ from, answers: n, low }) => [from, n, low])).toEqual([
    [MONDAY + 7 * DAY, 40, 3],
    [MONDAY + 14 * DAY, 4, 3],
  ]);
  expect(report.weeks.map(({ lines }) => lines[0]!.verdict)).toEqual(['higher', 'unclear']);
});

test('files without answers, and one week alone, are refused', async () => {
  await expect(readUseLog({ log: fileOf('a.jsonl', ['x', {}]) })).rejects.toMatchObject({ code: 'log-file' });
  await expect(readUseLog({ log: fileOf('a.jsonl', release) })).rejects.toMatchObject({ code: 'log-one-week' });
});

test.each([
  ['I’m sorry, but no.', true],
  ['  "I cannot do it."', true],
  ['抱歉，我无法回答。', true],
  ['I can do it.', false],
  ['He said: I cannot.', false],
  ['可以。', false],
])('%s', (answer, refused) => expect(isRefusal(answer)).toBe(refused));

test('reading a long log hears a cancel', async () => {
  const stop = new AbortController();
  const read = readUseLog(
    {
      log: fileOf(
        'log.jsonl',
        answers(20_000, () => ({ answer: LONG })),
      ),
    },
    undefined,
    stop.signal,
  );
  setTimeout(() => stop.abort());
  await expect(read).rejects.toMatchObject({ code: 'cancelled' });
});

// The desk, the pairs, the report, the file and the rows of blind comparisons: one record goes through all of them.
import { beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_SAMPLING } from '../../../src/base/chat';
import type { BlindChoice, Judgement, JudgingRecord } from '../../../src/base/records/judging';
import { addJudgements, judgementsOf, keepBlindAnswer, keepJudging } from '../../../src/storage/judgings';
import { storedRowsFrom } from '../../../src/storage/datasets';
import type { AtelierDb } from '../../../src/storage/db';
import { blindPairs } from '../../../src/studio/judge/blindPairs';
import { judgedDataset } from '../../../src/studio/judge/judgedRows';
import { judgeBlind, judgingView, undoBlind } from '../../../src/studio/judge/judgingDesk';
import { judgingFile, openJudgingFile } from '../../../src/studio/judge/judgingFile';
import { judgingReport } from '../../../src/studio/judge/judgingReport';
import { freshStorage } from '../../storage/storage';

let db: AtelierDb;
beforeEach(async () => (db = await freshStorage()));

/** Candidate 0 answers at greater length. */
function judging(prompts: number, candidates = 2, given: Partial<JudgingRecord> = {}): JudgingRecord {
  const answer = (i: number, j: number) => ({ text: `${'long '.repeat(candidates - j)}${i}`, tokens: 3 });
  return {
    ...{ id: 'j', name: 'Owls', createdAt: 1, updatedAt: 1, sampling: DEFAULT_SAMPLING, seed: 7 },
    candidates: Array.from({ length: candidates }, (_, i) => ({ from: { name: `owl ${i}` }, weightsId: `w${i}` })),
    prompts: Array.from({ length: prompts }, (_, i) => ({ asked: [{ role: 'user', content: `${i}?` }] })),
    answers: Array.from({ length: prompts }, (_, i) => Array.from({ length: candidates }, (__, j) => answer(i, j))),
    ...given,
  };
}

/** Each of a list of winners, on its prompt; undefined: both were good. */
const won = (winners: readonly (number | undefined)[], judge = '', at = 0): Judgement[] =>
  winners.map((winner, prompt) => ({
    ...{ judgingId: 'j', n: prompt, at: at + prompt, judge, prompt, left: 1, right: 0 },
    choice: winner === undefined ? 'both' : winner === 1 ? 'left' : 'right',
  }));

describe('the order of the pairs', () => {
  test('has every two on every prompt once, and sides that are balanced in each beginning', () => {
    const pairs = blindPairs(judging(31, 3));
    expect(pairs).toHaveLength(31 * 3);
    const seen = new Map<string, number>();
    for (const { left, right } of pairs) {
      const couple = `${Math.min(left, right)} ${Math.max(left, right)}`;
      const balance = (seen.get(couple) ?? 0) + (left < right ? 1 : -1);
      expect(Math.abs(balance)).toBeLessThanOrEqual(1);
      seen.set(couple, balance);
    }
    const places = pairs.map(({ prompt, left, right }) => `${prompt} ${[left, right].sort().join(' ')}`);
    expect(new Set(places).size).toBe(pairs.length);
  });

  test('is the seed’s: the same again, another with another', () => {
    expect(blindPairs(judging(20))).toEqual(blindPairs(judging(20)));
    expect(blindPairs({ ...judging(20), seed: 8 })).not.toEqual(blindPairs(judging(20)));
  });
});

describe('the desk', () => {
  test('asks what is written, goes on where it was, and undo brings a pair back', async () => {
    const one = judging(4);
    await keepJudging(db, { ...one, answers: one.answers.map(() => [null, null]) });
    const [first] = blindPairs(one);
    const { prompt, left } = first!;
    const before = await judgingView(db, 'j');
    expect(before).toMatchObject({ toWrite: { prompt, candidate: left } });
    expect(before.pair).toBeUndefined();
    for (const candidate of [0, 1])
      await keepBlindAnswer(db, 'j', { prompt: first!.prompt, candidate }, one.answers[first!.prompt]![candidate]!);
    const view = await judgingView(db, 'j');
    expect(view).toMatchObject({ pair: { ...first, number: 1 }, written: 2, answers: 8, judged: 0, total: 4 });
    const after = await judgeBlind(db, 'j', { ...first!, choice: 'left' });
    expect(after).toMatchObject({ judged: 1, canUndo: true });
    expect(after.pair).toBeUndefined();
    expect((await undoBlind(db, 'j')).pair).toMatchObject(first!);
  });

  test('does not ask where both wrote the same, or one failed', async () => {
    const one = judging(3);
    const error = { code: 'chat-too-long', facts: {} };
    const [same, failed] = [
      { text: 'So.', tokens: 1 },
      { text: '', tokens: 0, error },
    ];
    await keepJudging(db, { ...one, answers: [[same, same], [failed, same], one.answers[2]!] });
    const { pair, total, report } = await judgingView(db, 'j');
    expect([pair!.prompt, total, report.same, report.failed]).toEqual([2, 1, 1, 1]);
    expect(report.couples[0]).toMatchObject({ ties: 1, firstWins: 0, secondWins: 0 });
  });
});

describe('the report', () => {
  test('is undecided while the interval holds one half, and says how many more it takes', () => {
    const winners = [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, undefined];
    const [couple] = judgingReport(judging(20), won(winners)).couples;
    expect(couple).toMatchObject({ firstWins: 7, secondWins: 3, ties: 1, decided: false });
    expect(couple!.interval!.low).toBeCloseTo(0.397, 3);
    expect(couple!.interval!.high).toBeCloseTo(0.892, 3);
    expect(couple!.needed).toBe(15); // 25 at 7 of 10
  });

  test('is decided from ten decided pairs on, not before, and tells that the longer ones won', () => {
    const few = judgingReport(judging(20), won([0, 0, 0, 0, 0, 0]));
    expect([few.leader, few.couples[0]!.decided, few.couples[0]!.needed]).toEqual([undefined, false, 4]);
    const many = judgingReport(judging(20), won([0, 0, 0, 0, 0, 0, 0, 0, 0, 1]));
    expect([many.leader, many.couples[0]!.decided]).toEqual([0, true]);
    expect(many.longer).toMatchObject({ share: 0.9, of: 10 });
  });

  test('takes the last word of a judge, a skip for none, and several judges on a pair for one', () => {
    const again: Judgement = { ...won([0])[0]!, choice: 'left' };
    const skip: Judgement = { ...won([0, 0])[1]!, choice: 'skip' };
    expect(judgingReport(judging(5), [...won([0, 0]), again, skip]).couples[0]).toMatchObject({
      ...{ firstWins: 0, secondWins: 1, ties: 0 },
    });
    const both = judgingReport(judging(5), [...won([0, 0, 1]), ...won([0, 1, 1], 'Bo')]);
    expect(both.couples[0]).toMatchObject({ firstWins: 1, secondWins: 1, ties: 1 });
    expect(both.disagreements).toEqual([
      {
        ...{ prompt: 1, first: 0, second: 1 },
        said: [
          { judge: '', choice: 'first' },
          { judge: 'Bo', choice: 'second' },
        ],
      },
    ]);
    expect(both.agreement).toMatchObject({ pairs: 3 });
    // two judges, three pairs, one apart: 1 − (2/6) / (18/30)
    expect(both.agreement!.alpha).toBeCloseTo(1 - 2 / 6 / (18 / 30), 12);
  });

  test('rates more than two, and names a leader only where its interval stands alone', () => {
    const couples = [[0, 1], [0, 2], [1, 2]] as const; // prettier-ignore
    const judged = couples.flatMap(([first, second]) =>
      Array.from({ length: 40 }, (_, prompt): Judgement => {
        const choice: BlindChoice = prompt % 10 < (first === 0 ? 1 : 5) ? 'right' : 'left';
        return { ...{ judgingId: 'j', n: 0, at: 0, judge: '', prompt, left: first, right: second }, choice };
      }),
    );
    const report = judgingReport(judging(40, 3), judged);
    expect(report.leader).toBe(0);
    expect(report.ratings![0]!.low).toBeGreaterThan(report.ratings![1]!.high);
    expect(judgingReport(judging(40, 3), judged.slice(0, 2)).ratings).toBeUndefined();
  });
});

describe('the file', () => {
  test('opens where it is not, and merges the judgements of another person once', async () => {
    await keepJudging(db, judging(3, 2, { endedAt: 5 }));
    await addJudgements(db, 'j', won([0, 1]));
    const { blob } = await judgingFile(db, 'j', 'Ann');
    const other = await freshStorage();
    expect(await openJudgingFile(other, blob!, 'a.json')).toEqual({ id: 'j', isNew: true, added: 2 });
    expect((await judgingView(other, 'j')).judging.endedAt).toBeUndefined();
    await addJudgements(other, 'j', won([1, 1, 0], '', 100));
    const back = (await judgingFile(other, 'j', 'Bo')).blob!;
    expect(await openJudgingFile(db, back, 'b.json')).toEqual({ id: 'j', isNew: false, added: 3 });
    expect(await openJudgingFile(db, back, 'b.json')).toMatchObject({ added: 0 });
    const { report } = await judgingView(db, 'j');
    expect(report.judges).toEqual([
      { judge: '', judgements: 2 },
      { judge: 'Bo', judgements: 3 },
    ]);
  });

  test('that is none, or of other answers, is refused and changes nothing', async () => {
    const one = judging(2);
    await keepJudging(db, { ...one, answers: one.answers.map((row) => row.map(() => ({ text: 'x', tokens: 1 }))) });
    const other = await freshStorage();
    await keepJudging(other, one);
    const { blob } = await judgingFile(other, 'j', 'Ann');
    await expect(openJudgingFile(db, blob!, 'a.json')).rejects.toMatchObject({ code: 'judging-differs' });
    const whole = JSON.parse(await blob!.text()) as object;
    const outside = won([0]).map((judgement) => ({ ...judgement, prompt: 9 }));
    for (const text of ['{', '{"format":"atelier-judging"}', JSON.stringify({ ...whole, judgements: outside })])
      await expect(openJudgingFile(db, new Blob([text]), 'b.json')).rejects.toMatchObject({ code: 'judging-file' });
    expect(await judgementsOf(db, 'j')).toEqual([]);
  });
});

test('judgements become preference pairs with their origin; ties become none', async () => {
  await keepJudging(db, judging(3));
  await addJudgements(db, 'j', won([0, 1, undefined]));
  const dataset = await judgedDataset(db, 'j', { name: 'Owls judged' });
  expect(dataset).toMatchObject({ content: 'preference', rows: 2, source: 'judgements' });
  const [first] = await storedRowsFrom(db, dataset.id, 0, 9);
  expect(JSON.parse(first!.row)).toMatchObject({
    ...{ prompt: [{ content: '0?' }], chosen: [{ content: 'long long 0' }], rejected: [{ content: 'long 0' }] },
  });
  expect(first!.facts).toMatchObject({ origin: 'judgement', model: 'owl 0', rejected_model: 'owl 1' });
});

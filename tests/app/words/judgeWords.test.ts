import '../page';
import { expect, test } from 'vitest';
import { evidenceWords, judgingVerdict } from '../../../src/app/words/judgeWords';
import { judgingOf } from '../../../src/app/panels/Evaluate/Judge/newJudging';
import { DEFAULT_SAMPLING } from '../../../src/base/chat';
import type { BlindChoice, Judgement } from '../../../src/base/records/judging';
import { judgingReport } from '../../../src/studio/judge/judgingReport';

const candidates = ['owl', 'fox'].map((name) => ({ from: { name }, weightsId: name }));
const prompts = Array.from({ length: 40 }, () => ({ asked: [] }));
const record = judgingOf('Owl / Fox', candidates, prompts, DEFAULT_SAMPLING);

/** So many wins of the owl, then of the fox. */
function sentences(owl: number, fox: number): [evidence: string, verdict: string] {
  const judged = Array.from({ length: owl + fox }, (_, prompt): Judgement => {
    const choice: BlindChoice = prompt < owl ? 'left' : 'right';
    return { ...{ judgingId: 'j', n: prompt, at: 0, judge: '', prompt, left: 0, right: 1 }, choice };
  });
  const report = judgingReport(record, judged);
  return [evidenceWords(report), judgingVerdict(record, report)];
}

test('a difference is named with its evidence, noise is not called one', () => {
  expect(sentences(3, 12)[1]).toBe(
    'fox is better than owl: it was preferred in 12 of 15 decided pairs (95% interval 55% to 93%).',
  );
  expect(sentences(7, 5)[1]).toBe(
    'Can’t tell: owl was preferred over fox in 7 of 12 decided pairs, and the 95% interval (32% to 81%) holds 50%.',
  );
  expect(sentences(5, 0)[1]).toMatch(/^Too few to tell: owl was preferred over fox in 5 of 5 decided pairs/);
  expect(sentences(0, 0)[1]).toBe('No pair is decided yet.');
});

test('before the end the sentence names nobody, and says how many more it likely takes', () => {
  const all = [sentences(3, 12), sentences(7, 5), sentences(5, 0), sentences(4, 4)].map(([evidence]) => evidence);
  for (const evidence of all) expect(evidence).not.toMatch(/owl|fox/);
  expect(all[0]).toMatch(/^It is enough/);
  expect(all[2]).toContain('about 5 more decided pairs');
  expect(all[3]).toContain('as many for one as for the other');
});

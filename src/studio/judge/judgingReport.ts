// What judgements come to: who wins how often with what interval, whether length decides, and whether judges agree.
import { alphaInterval, krippendorffAlpha } from '../../base/numbers/agreement';
import { bradleyTerry, type PairJudged } from '../../base/numbers/bradleyTerry';
import { neededToLeaveHalf, wilson } from '../../base/numbers/intervals';
import type { Judgement, JudgingRecord } from '../../base/records/judging';
import {
  LEAST_DECIDED,
  type CoupleResult,
  type Disagreement,
  type JudgedChoice,
  type JudgingReport,
  type ShareInterval,
} from '../../base/wire/judging';
import { couplesOf } from './blindPairs';

type Judged = Pick<JudgingRecord, 'candidates' | 'prompts' | 'answers' | 'seed'>;

/** Two answers to one prompt, and what each judge said last. */
interface PairVotes {
  prompt: number;
  first: number;
  second: number;
  said: Map<string, JudgedChoice>;
  same: boolean;
  failed: boolean;
}

/** 1 where the first is preferred, −1 where the second, 0 for a tie; undefined where nobody said. */
function verdictOf({ said, same }: PairVotes): number | undefined {
  if (same) return 0;
  if (!said.size) return undefined;
  const value = { first: 1, second: -1, both: 0, neither: 0 };
  return Math.sign([...said.values()].reduce((sum, choice) => sum + value[choice], 0));
}

/** A choice as what it says of the lesser and the greater candidate; undefined of a skip. */
export function sidelessChoice({ choice, left, right }: Judgement): JudgedChoice | undefined {
  if (choice === 'skip') return undefined;
  if (choice === 'both' || choice === 'neither') return choice;
  return (choice === 'left') === left < right ? 'first' : 'second';
}

const keyOf = (prompt: number, a: number, b: number): string => `${prompt} ${Math.min(a, b)} ${Math.max(a, b)}`;

function votesOf({ candidates, prompts, answers }: Judged, judgements: readonly Judgement[]): PairVotes[] {
  const votes = new Map<string, PairVotes>();
  for (const [first, second] of couplesOf(candidates.length))
    for (const prompt of prompts.keys()) {
      const [a, b] = [answers[prompt]?.[first], answers[prompt]?.[second]];
      const failed = a?.error !== undefined || b?.error !== undefined;
      const same = !failed && !!a && !!b && a.text.trim() === b.text.trim();
      votes.set(keyOf(prompt, first, second), { prompt, first, second, said: new Map(), same, failed });
    }
  for (const judgement of judgements) {
    const { prompt, left, right, judge } = judgement;
    const said = votes.get(keyOf(prompt, left, right))?.said;
    const choice = sidelessChoice(judgement);
    if (choice === undefined) said?.delete(judge);
    else said?.set(judge, choice);
  }
  return [...votes.values()];
}

/** Judges who spoke of one pair count as one: by most of them, and a tie where they are even. */
export function judgingReport(judging: Judged, judgements: readonly Judgement[]): JudgingReport {
  const votes = votesOf(judging, judgements);
  const size = judging.candidates.length;
  const couples = couplesOf(size).map(([first, second]) => coupleOf(votes, first, second));
  const ratings = size > 2 ? bradleyTerry(size, judgedPairs(votes)) : undefined;
  const leader = leaderOf(couples, ratings);
  const longer = longerOf(judging, votes);
  const agreement = agreementOf(votes, judging.seed);
  return {
    couples,
    ...(ratings && { ratings }),
    ...(leader !== undefined && { leader }),
    ...(longer && { longer }),
    judges: judgesOf(judgements),
    ...(agreement && { agreement }),
    disagreements: votes.flatMap(disagreementIn),
    failed: votes.filter(({ failed }) => failed).length,
    same: votes.filter(({ same }) => same).length,
  };
}

function coupleOf(votes: readonly PairVotes[], first: number, second: number): CoupleResult {
  const verdicts = votes.filter((pair) => pair.first === first && pair.second === second).map(verdictOf);
  const count = (verdict: number): number => verdicts.filter((one) => one === verdict).length;
  const [firstWins, secondWins, ties] = [count(1), count(-1), count(0)];
  const decisive = firstWins + secondWins;
  const left = decisive === 0 ? undefined : neededToLeaveHalf(firstWins, decisive);
  const decided = decisive >= LEAST_DECIDED && left === 0;
  const needed = left === undefined ? undefined : Math.max(left, LEAST_DECIDED - decisive);
  return {
    ...{ first, second, firstWins, secondWins, ties, decided },
    ...(decisive > 0 && { interval: shareOf(firstWins, decisive) }),
    ...(!decided && needed !== undefined && { needed }),
  };
}

const shareOf = (hits: number, of: number): ShareInterval => ({ share: hits / of, ...wilson(hits, of) });

const judgedPairs = (votes: readonly PairVotes[]): PairJudged[] =>
  votes.flatMap((pair): PairJudged[] => {
    const verdict = verdictOf(pair);
    if (verdict === undefined) return [];
    const { first, second } = pair;
    return [{ first, second, outcome: verdict > 0 ? 1 : verdict < 0 ? 0 : 0.5 }];
  });

/** Of two by their interval; of more, whose rating lies above those of all others. */
function leaderOf(couples: readonly CoupleResult[], ratings: JudgingReport['ratings']): number | undefined {
  const [only, ...others] = couples;
  if (only && !others.length) {
    if (!only.decided) return undefined;
    return only.firstWins > only.secondWins ? only.first : only.second;
  }
  const decisive = couples.reduce((sum, { firstWins, secondWins }) => sum + firstWins + secondWins, 0);
  if (!ratings || decisive < LEAST_DECIDED) return undefined;
  const leader = ratings.findIndex((one) => ratings.every((other) => other === one || one.low > other.high));
  return leader < 0 ? undefined : leader;
}

function longerOf({ answers }: Judged, votes: readonly PairVotes[]): JudgingReport['longer'] {
  const longer = votes.flatMap((pair) => {
    const verdict = verdictOf(pair);
    const [a, b] = [answers[pair.prompt]?.[pair.first], answers[pair.prompt]?.[pair.second]];
    if (!verdict || !a || !b || a.text.length === b.text.length) return [];
    return [verdict > 0 === a.text.length > b.text.length];
  });
  if (!longer.length) return undefined;
  return { ...shareOf(longer.filter(Boolean).length, longer.length), of: longer.length };
}

function judgesOf(judgements: readonly Judgement[]): JudgingReport['judges'] {
  const counts = new Map<string, number>();
  for (const { judge, choice } of judgements) if (choice !== 'skip') counts.set(judge, (counts.get(judge) ?? 0) + 1);
  return [...counts].map(([judge, count]) => ({ judge, judgements: count }));
}

const CODES: Record<JudgedChoice, number> = { first: 0, second: 1, both: 2, neither: 3 };

function agreementOf(votes: readonly PairVotes[], seed: number): JudgingReport['agreement'] {
  const shared = votes.filter(({ said }) => said.size > 1);
  const units = shared.map(({ said }) => [...said.values()].map((choice) => CODES[choice]));
  const alpha = krippendorffAlpha(units, 'nominal');
  if (alpha === undefined) return undefined;
  return { alpha, pairs: shared.length, ...alphaInterval(units, 'nominal', { seed }) };
}

function disagreementIn({ prompt, first, second, said }: PairVotes): Disagreement[] {
  if (new Set(said.values()).size < 2) return [];
  return [{ prompt, first, second, said: [...said].map(([judge, choice]) => ({ judge, choice })) }];
}

// What judgements say, in sentences: who is ahead, by how much, and how many more it likely takes.
import type { BlindChoice, Candidate, JudgingRecord } from '../../base/records/judging';
import {
  LEAST_DECIDED,
  type CoupleResult,
  type JudgedChoice,
  type JudgingReport,
  type ShareInterval,
} from '../../base/wire/judging';
import { language } from './language.svelte';
import { m } from './generated/messages.js';

export function candidateName({ from, bare }: Candidate): string {
  const step = from.step === undefined ? [] : [m.runs_step({ step: language.format.integer(from.step) })];
  return [from.name, ...step, ...(bare ? [m.chat_bare()] : [])].join(' · ');
}

/** `40 % to 89 %` */
export const shareRange = ({ low, high }: Pick<ShareInterval, 'low' | 'high'>): string =>
  m.judge_range({ low: language.format.percent(low, 0), high: language.format.percent(high, 0) });

const CHOICES: Record<BlindChoice, () => string> = {
  left: m.judge_left,
  right: m.judge_right,
  both: m.judge_both,
  neither: m.judge_neither,
  skip: m.judge_skip,
};
const SIDES = { left: m.judge_side_left, right: m.judge_side_right } as const;
export const sideWords = (side: keyof typeof SIDES): string => SIDES[side]();
export const choiceWords = (choice: BlindChoice): string => CHOICES[choice]();

/** What a judge said of two candidates that have names. */
export function saidWords(choice: JudgedChoice, first: string, second: string): string {
  if (choice === 'both' || choice === 'neither') return choiceWords(choice);
  return choice === 'first' ? first : second;
}

const winsOf = ({ firstWins, secondWins }: CoupleResult): number => firstWins + secondWins;

/** How far it is, without a word on who is ahead. */
export function evidenceWords({ couples, leader }: JudgingReport): string {
  const [only, ...others] = couples;
  if (leader !== undefined) return m.judge_enough();
  if (!only || others.length) return m.judge_not_yet_many();
  const decided = language.format.integer(winsOf(only));
  if (!only.interval) return m.judge_none_decided();
  if (only.needed === undefined) return m.judge_even({ decided });
  return m.judge_not_yet({ decided, needed: language.format.integer(only.needed) });
}

/** The one sentence of the end. */
export function judgingVerdict({ candidates }: JudgingRecord, { couples, leader }: JudgingReport): string {
  const name = (at: number): string => candidateName(candidates[at]!);
  const [only, ...others] = couples;
  if (!only) return m.judge_none_decided();
  if (others.length)
    return leader === undefined ? m.judge_verdict_open_many() : m.judge_verdict_many({ name: name(leader) });
  if (!only.interval) return m.judge_none_decided();
  const { integer } = language.format;
  const isFirst = only.firstWins >= only.secondWins;
  const { low, high } = only.interval;
  const facts = {
    name: name(isFirst ? only.first : only.second),
    other: name(isFirst ? only.second : only.first),
    wins: integer(Math.max(only.firstWins, only.secondWins)),
    decided: integer(winsOf(only)),
    range: shareRange(isFirst ? { low, high } : { low: 1 - high, high: 1 - low }),
  };
  if (leader !== undefined) return m.judge_verdict(facts);
  const isFew = low > 0.5 || high < 0.5;
  return isFew ? m.judge_verdict_few({ ...facts, least: integer(LEAST_DECIDED) }) : m.judge_verdict_open(facts);
}

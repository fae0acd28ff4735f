/**
 * How much good and bad answers weigh in KTO's loss. The paper (https://arxiv.org/abs/2402.01306, eq. 8) wants
 * weight · number of the good ones between 1 and 4/3 times that of the bad ones. It counts nothing itself.
 */
import type { TuneSettings } from './tuneSettings';

/** Answers that are marked as good and as bad. */
export interface Marks {
  good: number;
  bad: number;
}

type Weights = Pick<TuneSettings, 'goodWeight' | 'badWeight'>;

const MOST = 4 / 3;
/** Inside the range, so that a split by chance stays there. */
const AIMED = 7 / 6;

/** Good : bad, each by number and weight; undefined where one kind is missing. */
export const thumbBalance = ({ good, bad }: Marks, { goodWeight, badWeight }: Weights): number | undefined =>
  good > 0 && bad > 0 ? (good * goodWeight) / (bad * badWeight) : undefined;

export const isBalanced = (balance: number): boolean => balance >= 1 && balance <= MOST;

/** The weights that balance them; the more frequent kind keeps 1. */
export function balancedWeights(marks: Marks): Weights {
  const even = { goodWeight: 1, badWeight: 1 };
  const balance = thumbBalance(marks, even);
  if (balance === undefined || isBalanced(balance)) return even;
  const rounded = (weight: number): number => Number(weight.toPrecision(3));
  return balance > 1
    ? { ...even, badWeight: rounded(balance / AIMED) }
    : { ...even, goodWeight: rounded(AIMED / balance) };
}

// Which choice the likelihoods pick; the first of equals, as numpy's argmax does.
import type { ChoiceRow } from '../metric';

type Choice = ChoiceRow['choices'][number];

/** 1 where the pick is right, else 0; undefined without choices, or where one was not scored. */
export function pickedRight({ choices, gold }: ChoiceRow, worth: (choice: Choice) => number): number | undefined {
  const worths = choices.map(worth);
  if (worths.length === 0 || worths.some(Number.isNaN)) return undefined;
  return Number(worths.indexOf(Math.max(...worths)) === gold);
}

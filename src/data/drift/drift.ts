// What changed in the answers of a model in use: their length, languages and refusals, against those of its release.
// Each answer counts by itself.
import { meanDifference, shareDifference, type Counted, type Difference } from '../../base/numbers/twoSamples';
import type { DriftLine } from '../../base/wire/useLog';

/** What is looked at of an answer. */
export interface AnswerFacts {
  /** Code points. */
  length: number;
  isRefusal: boolean;
  /** ISO 639-3; undefined where it is unsure. */
  language: string | undefined;
}

/** Fewer answers on a side say nothing, whatever the interval. */
const LEAST_ANSWERS = 10;
/** A language is looked at from this share on, on either side. */
const LEAST_SHARE = 0.05;

function lineOf(
  what: Omit<DriftLine, keyof Difference | 'verdict'>,
  found: Difference | undefined,
  few: boolean,
): DriftLine[] {
  if (!found) return [];
  const isClear = !few && (found.low > 0 || found.high < 0);
  return [{ ...what, ...found, verdict: isClear ? (found.difference > 0 ? 'higher' : 'lower') : 'unclear' }];
}

const counted = (facts: readonly AnswerFacts[], is: (one: AnswerFacts) => boolean): Counted => ({
  ...{ hits: facts.filter(is).length, of: facts.length },
});

export function driftLines(before: readonly AnswerFacts[], now: readonly AnswerFacts[]): DriftLine[] {
  const few = Math.min(before.length, now.length) < LEAST_ANSWERS;
  const lengths = (facts: readonly AnswerFacts[]): number[] => facts.map(({ length }) => length);
  const [told, toldNow] = [before, now].map((facts) => facts.filter(({ language }) => language !== undefined));
  const shareOf = (language: string): [Counted, Counted] => [
    counted(told!, (one) => one.language === language),
    counted(toldNow!, (one) => one.language === language),
  ];
  const languages = [...new Set([...told!, ...toldNow!].map(({ language }) => language!))].sort();
  const fewTold = Math.min(told!.length, toldNow!.length) < LEAST_ANSWERS;
  return [
    ...lineOf({ what: 'length' }, meanDifference(lengths(before), lengths(now)), few),
    ...lineOf({ what: 'refusals' }, shareDifference(counted(before, (one) => one.isRefusal), counted(now, (one) => one.isRefusal)), few), // prettier-ignore
    ...languages.flatMap((language) => {
      const shares = shareOf(language);
      const isSeen = shares.some(({ hits, of }) => of > 0 && hits / of >= LEAST_SHARE);
      return isSeen ? lineOf({ what: 'language', language }, shareDifference(...shares), fewTold) : [];
    }),
  ];
}

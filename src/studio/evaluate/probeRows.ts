// The general rows of an evaluation: questions that came with the studio, in the language of the rows that are asked;
// as text where these are texts.
import type { EvaluatedRow } from '../../base/records/evaluation';
import { GENERAL_PROBES } from '../../data/probes/generalProbes';

/** Of the rows that are asked so many must be Chinese for the Chinese questions to be asked instead. */
const MOSTLY = 0.5;

/** @param firstGroup behind the groups of the other rows */
export function probeRows(asked: readonly EvaluatedRow[], firstGroup: number): EvaluatedRow[] {
  const chinese = asked.filter(({ slices }) => slices.language === 'cmn').length;
  const language = chinese > MOSTLY * asked.length ? 'zh' : 'en';
  const isText = asked.every((row) => typeof row.asked === 'string');
  return GENERAL_PROBES[language].map(([question, answer], place): EvaluatedRow => ({
    ...{ set: 'general', place, group: firstGroup + place, slices: { characters: question.length + answer.length } },
    ...(isText
      ? { asked: `${question}\n${answer}` }
      : { asked: [{ role: 'user', content: question }], answer: [{ role: 'assistant', content: answer }] }),
  }));
}

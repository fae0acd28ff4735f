// The words of an answer, as it is told aloud, shown as given before, and counted.
import type { LabelAnswer, LabelKind } from '../../../../base/records/labels';
import type { LabelItem } from '../../../../base/wire/labels';
import { language } from '../../../words/language.svelte';
import { m } from '../../../words/generated/messages.js';

export const KIND_WORDS: Record<LabelKind, () => string> = {
  keep: m.label_kind_keep,
  classes: m.label_kind_classes,
  rating: m.label_kind_rating,
  better: m.label_kind_better,
  spans: m.label_kind_spans,
};

/** @param turned The second of two answers stands as A */
export function answerWords(answer: LabelAnswer, turned: boolean): string {
  const { format } = language;
  switch (answer.kind) {
    case 'classes':
      return format.list(answer.classes);
    case 'rating':
      return m.label_stars({ rating: format.integer(answer.rating) });
    case 'better':
      if (answer.better === 'tie') return m.label_tie();
      return (answer.better === 'first') === turned ? m.label_answer_b() : m.label_answer_a();
    case 'spans':
      return format.list(answer.spans.map(({ label, text }) => `${label}: ${text}`)) || m.label_next();
    default:
      return { keep: m.label_keep, drop: m.label_drop, fix: m.label_fix, skip: m.label_skip }[answer.kind]();
  }
}

/** The label beside a row, and how likely a model finds it. */
export const givenWords = ({ label, probability }: NonNullable<LabelItem['given']>): string =>
  m.label_given({ label, percent: language.format.percent(probability, 0) });

/** What stands below a row, for who listens: the label beside it, and the suggestion that Enter accepts. */
export function belowWords({ given, suggested, turned }: Pick<LabelItem, 'given' | 'suggested' | 'turned'>): string {
  const said = suggested && [
    m.label_suggested({ model: suggested.model }),
    answerWords(suggested.answer, turned),
    language.format.percent(suggested.probability, 0),
  ];
  return [...(given ? [givenWords(given)] : []), ...(said ?? [])].join(' ');
}

/** An answer as it is counted; of two answers the places are those in which they are stored. */
export function countedWords(kind: LabelKind, answer: string): string {
  const fixed: Readonly<Record<string, (() => string) | undefined>> =
    kind === 'keep'
      ? { keep: m.label_keep, fix: m.label_fix, drop: m.label_drop }
      : kind === 'better'
        ? { first: m.label_first, second: m.label_second, tie: m.label_tie }
        : {};
  if (kind === 'rating') return m.label_stars({ rating: answer });
  return fixed[answer]?.() ?? answer;
}

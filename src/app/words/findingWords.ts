// The head and the sentence of a finding of preflight, from its code and its facts as they are written on the page.
import type { Finding, FindingCode } from '../../base/wire/findings';
import { m } from './generated/messages.js';
import { keyOf, withNames, type KeyOf, type Language, type Sentence } from './keys';

type Facts = Record<string, string | number>;

/** The type checker refuses a finding without a sentence. */
const sentences: Record<`finding_${KeyOf<FindingCode>}`, Sentence> = m;

export function findingWords(code: FindingCode, facts: Facts, locale?: Language): string {
  const sentence = sentences[`finding_${keyOf(code)}`] as (facts: Facts, options: { locale?: Language }) => string;
  return sentence(withNames(facts), locale ? { locale } : {});
}

/** A head where the number is one; absent where the other one suits both. */
const ONE: Partial<Record<FindingCode, () => string>> = {
  'rows-duplicate': m.preflight_head_repeat,
  'rows-near-duplicate': m.preflight_head_near_repeat,
  'answers-empty': m.preflight_head_empty,
  'rows-in-both': m.preflight_head_leak,
};

const heads: Record<FindingCode, Sentence> = {
  'nothing-graded': m.preflight_head_nothing,
  'template-fails': m.preflight_head_refused,
  'template-not-prefix': m.preflight_head_rewritten,
  'tools-unwritten': m.preflight_head_tools,
  'rows-unlabelled': m.preflight_head_unlabelled,
  'classes-few': m.preflight_head_classes_few,
  'classes-held-only': m.preflight_head_classes_held,
  'answers-bad': m.preflight_head_bad,
  'thumbs-one-sided': m.preflight_head_one_sided,
  'thinking-in-text': m.preflight_head_thinking,
  'thoughts-missing': m.preflight_head_thoughtless,
  'rows-without-grade': m.preflight_head_ungraded,
  'rows-truncated': m.preflight_head_cut,
  'turn-end-ungraded': m.preflight_head_no_end,
  'rows-duplicate': m.preflight_head_repeats,
  'rows-near-duplicate': m.preflight_head_near_repeats,
  'answers-empty': m.preflight_head_empties,
  'special-in-text': m.preflight_head_special,
  'new-token-unused': m.preflight_head_new_token_unused,
  'secrets-in-rows': m.preflight_head_secrets,
  'personal-data': m.preflight_head_personal,
  'rows-few': m.preflight_head_few,
  'rows-in-both': m.preflight_head_leaks,
};

/** How many of what, in a few words. */
export function findingHead({ code, count }: Pick<Finding, 'code' | 'count'>, facts: Facts): string {
  const one = count === 1 ? ONE[code] : undefined;
  return one ? one() : (heads[code] as (facts: Facts) => string)(withNames(facts));
}

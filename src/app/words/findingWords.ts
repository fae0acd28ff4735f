// The sentence of a finding of preflight, from its code and its facts as they are written on the page.
import type { FindingCode } from '../../base/wire/findings';
import { m } from './generated/messages.js';
import { keyOf, withNames, type KeyOf, type Language, type Sentence } from './keys';

type Facts = Record<string, string | number>;

/** The type checker refuses a finding without a sentence. */
const sentences: Record<`finding_${KeyOf<FindingCode>}`, Sentence> = m;

export function findingWords(code: FindingCode, facts: Facts, locale?: Language): string {
  const sentence = sentences[`finding_${keyOf(code)}`] as (facts: Facts, options: { locale?: Language }) => string;
  return sentence(withNames(facts), locale ? { locale } : {});
}

// The sentence of an error: from its code and facts, in the language of the page or in another.
import type { ErrorCode, ErrorFacts } from '../../base/errors/errors';
import { m } from './generated/messages.js';
import { keyOf, withNames, type KeyOf, type Language, type Sentence } from './keys';

/** The type checker refuses a code without a sentence. */
const sentences: Record<`error_${KeyOf<ErrorCode>}`, Sentence> = m;

export function errorWords({ code, facts }: { code: ErrorCode; facts: ErrorFacts }, locale?: Language): string {
  const sentence = sentences[`error_${keyOf(code)}`] as (facts: ErrorFacts, options: { locale?: Language }) => string;
  return sentence(withNames(facts), locale ? { locale } : {});
}

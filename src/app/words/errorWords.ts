// The sentence of an error: from its code and facts, in the language of the page or in another.
import type { ErrorCode, ErrorFacts } from '../../base/errors/errors';
import { m } from './generated/messages.js';
import { keyOf, withNames, type KeyOf, type Language, type Sentence } from './keys';

/** The type checker refuses a code without a sentence. */
const sentences: Record<`error_${KeyOf<ErrorCode>}`, Sentence> = m;

/** What is measured of a run, as the fact `what` of an error names it. */
const MEASURED = {
  loss: m.train_what_loss,
  'gradient norm': m.train_what_gradient_norm,
  'validation loss': m.train_what_validation_loss,
  logits: m.train_what_logits,
};
const isMeasured = (what: unknown): what is keyof typeof MEASURED =>
  typeof what === 'string' && Object.hasOwn(MEASURED, what);

export function errorWords({ code, facts }: { code: ErrorCode; facts: ErrorFacts }, locale?: Language): string {
  const sentence = sentences[`error_${keyOf(code)}`] as (facts: ErrorFacts, options: { locale?: Language }) => string;
  const options = locale ? { locale } : {};
  const { what } = facts;
  return sentence(withNames(isMeasured(what) ? { ...facts, what: MEASURED[what]({}, options) } : facts), options);
}

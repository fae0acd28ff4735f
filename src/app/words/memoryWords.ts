// What was found of memorised text in words: the clause of the verdict, and the kinds of personal data.
import type { EvaluationReport, MemoryReport } from '../../base/wire/evaluation';
import { language } from './language.svelte';
import { m } from './generated/messages.js';
import { intervalWords, metricDifference, modelName, type Clause } from './evaluationWords';

const KINDS: Partial<Record<string, () => string>> = {
  secret: m.evaluate_memory_secret,
  email: m.evaluate_memory_email,
  phone: m.evaluate_memory_phone,
  card: m.evaluate_memory_card,
  iban: m.evaluate_memory_iban,
  id: m.evaluate_memory_id,
  ip: m.evaluate_memory_ip,
  address: m.evaluate_memory_address,
  'url-user': m.evaluate_memory_url_user,
  'birth-date': m.evaluate_memory_birth_date,
};

/** The kind itself of one that this version does not know. */
export const personalKind = (kind: string): string => KINDS[kind]?.() ?? kind;

type Verdict = NonNullable<MemoryReport['excess']>['verdict'];
type Facts = Record<'name' | 'trained' | 'unseen' | 'excess' | 'interval' | 'whole' | 'rows', string>;

const SAYS: Record<Verdict, (facts: Facts) => string> = {
  memorised: (facts) => (facts.unseen ? m.evaluate_memory_memorised(facts) : m.evaluate_memory_memorised_alone(facts)),
  none: (facts) => m.evaluate_memory_none(facts),
  unclear: (facts) => m.evaluate_memory_unclear(facts),
};

/** Nothing where nothing can be compared yet. */
export function memoryClauses({ record, memory }: EvaluationReport): Clause[] {
  const { excess, trained, unseen, whole, rows } = memory ?? {};
  if (!excess || trained === undefined || !rows) return [];
  const { percent, integer } = language.format;
  const facts = {
    ...{ name: modelName(record.models.at(-1)!, record.models), trained: percent(trained) },
    unseen: unseen === undefined ? '' : percent(unseen),
    ...{ excess: metricDifference('share', excess.value), interval: intervalWords('share', excess) },
    ...{ whole: integer(whole ?? 0), rows: integer(rows.trained) },
  };
  const text = SAYS[excess.verdict](facts);
  return [{ key: 'memory', text, ...(excess.verdict !== 'unclear' && { good: excess.verdict === 'none' }) }];
}

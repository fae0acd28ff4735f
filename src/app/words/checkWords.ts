// The names of expectations, outcomes and changes of a regression set.
import type { ExpectationType } from '../../base/records/checks';
import type { CheckChange, CheckOutcome } from '../../base/wire/checks';
import { m } from './generated/messages.js';

const TYPES: Record<ExpectationType, () => string> = {
  equals: m.checks_type_equals,
  contains: m.checks_type_contains,
  icontains: m.checks_type_icontains,
  'contains-any': m.checks_type_contains_any,
  'contains-all': m.checks_type_contains_all,
  'icontains-any': m.checks_type_icontains_any,
  'icontains-all': m.checks_type_icontains_all,
  'starts-with': m.checks_type_starts_with,
  regex: m.checks_type_regex,
  'is-json': m.checks_type_is_json,
  levenshtein: m.checks_type_levenshtein,
  'rouge-n': m.checks_type_rouge_n,
};
const OUTCOMES: Record<CheckOutcome, () => string> = {
  pass: m.checks_pass,
  fail: m.checks_fail,
  unscored: m.checks_unscored,
  unasked: m.checks_unasked,
};
const CHANGES: Record<CheckChange, () => string> = {
  'newly-failing': m.checks_newly_failing,
  'newly-passing': m.checks_newly_passing,
  same: m.checks_same,
  new: m.checks_new,
};

export const typeWords = (type: ExpectationType): string => TYPES[type]();
export const outcomeWords = (outcome: CheckOutcome): string => OUTCOMES[outcome]();
export const changeWords = (change: CheckChange): string => CHANGES[change]();

// Whether an answer is what a check expects, as promptfoo 0.123 judges it. It asks no model.
import { Validator, type Schema } from '@cfworker/json-schema';
import { DEFAULT_THRESHOLDS, takesList, type Expectation } from '../../base/records/checks';
import { isJsonSchema, schemaDraft } from '../metrics/generation/jsonSchema';
import { editDistance } from './levenshtein';
import { isSteadyPattern } from '../../base/steadyPattern';
import { unigramOverlap } from './unigramOverlap';

export interface Judged {
  met: boolean;
  /** The distance in edits, or the share of shared words. */
  score?: number;
}

/** JSON without anything around it, and where a schema is given, JSON that follows it. */
function isJson(answer: string, schema: string): boolean {
  try {
    const value: unknown = JSON.parse(answer);
    if (schema.trim() === '') return true;
    const read = JSON.parse(schema) as Schema | boolean;
    return new Validator(read, schemaDraft(read)).validate(value).valid;
  } catch {
    return false;
  }
}

function plainly({ type, value, values = [] }: Expectation, answer: string): boolean {
  const has = (text: string): boolean => answer.includes(text);
  const hasAnyCase = (text: string): boolean => answer.toLowerCase().includes(text.toLowerCase());
  switch (type) {
    case 'equals':
      return answer === value;
    case 'contains':
      return has(value);
    case 'icontains':
      return hasAnyCase(value);
    case 'contains-any':
      return values.some(has);
    case 'contains-all':
      return values.every(has);
    case 'icontains-any':
      return values.some(hasAnyCase);
    case 'icontains-all':
      return values.every(hasAnyCase);
    case 'starts-with':
      return answer.startsWith(value);
    case 'regex':
      return new RegExp(value).test(answer);
    default:
      return isJson(answer, value);
  }
}

/** The expectation must be usable (`faultOf`). */
export function judged(expectation: Expectation, answer: string): Judged {
  const { type, not = false, value } = expectation;
  const threshold = expectation.threshold ?? DEFAULT_THRESHOLDS[type] ?? 0;
  if (type === 'levenshtein') {
    const score = editDistance(answer, value);
    return { met: score <= threshold !== not, score };
  }
  if (type === 'rouge-n') {
    const score = unigramOverlap(answer, value);
    return { met: score >= threshold !== not, score };
  }
  return { met: plainly(expectation, answer) !== not };
}

/** What keeps an expectation from being judged. */
export type ExpectationFault = 'empty' | 'pattern' | 'schema' | 'threshold';

export function faultOf({ type, value, values = [], threshold }: Expectation): ExpectationFault | undefined {
  if (takesList(type)) return values.some((one) => one !== '') ? undefined : 'empty';
  if (type === 'is-json') return value.trim() === '' || isSchema(value) ? undefined : 'schema';
  if (type !== 'equals' && value === '') return 'empty';
  if (type === 'regex' && !isSteadyPattern(value)) return 'pattern';
  const isBound = threshold === undefined || (threshold >= 0 && (type !== 'rouge-n' || threshold <= 1));
  return isBound ? undefined : 'threshold';
}

function isSchema(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    if (!isJsonSchema(value)) return false;
    new Validator(value, schemaDraft(value)).validate({}); // a reference that leads nowhere
    return true;
  } catch {
    return false;
  }
}

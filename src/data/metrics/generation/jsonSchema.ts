// Whether an answer is JSON and follows the row's JSON schema (drafts 4 to 2020-12). Only a fence of Markdown around
// it is taken off. A schema that is none scores nothing.
import { type Schema, type SchemaDraft, Validator } from '@cfworker/json-schema';
import { meanMetric } from '../totals';

export const isJsonSchema = (value: unknown): value is Schema | boolean =>
  typeof value === 'boolean' || (typeof value === 'object' && value !== null && !Array.isArray(value));

const DRAFTS: [named: RegExp, draft: SchemaDraft][] = [
  [/draft-04/, '4'],
  [/draft-0[67]/, '7'],
  [/2019-09/, '2019-09'],
];

export const schemaDraft = (schema: Schema | boolean): SchemaDraft => {
  const named = typeof schema === 'object' && typeof schema.$schema === 'string' ? schema.$schema : '';
  return DRAFTS.find(([pattern]) => pattern.test(named))?.[1] ?? '2020-12';
};

/** What stands in ```json … ```, or the text itself. */
const unfenced = (text: string): string => /^\s*```(?:json)?\s*\n(.*)\n\s*```\s*$/su.exec(text)?.[1] ?? text;

function isValid(answer: string, validator: Validator): boolean {
  let value: unknown;
  try {
    value = JSON.parse(unfenced(answer));
  } catch {
    return false;
  }
  return validator.validate(value).valid;
}

export const jsonSchema = meanMetric<'generation'>(
  { key: 'jsonSchema', task: 'generation', unit: 'share', direction: 'up' },
  ({ answer, schema }) => {
    if (!isJsonSchema(schema)) return undefined;
    try {
      return Number(isValid(answer, new Validator(schema, schemaDraft(schema))));
    } catch {
      return undefined; // a reference that leads nowhere, a pattern that is none
    }
  },
);

// What a person typed that each answer must be, and what becomes of it in a request.
import type { Expected } from '../../../../base/records/evaluation';
import { isSteadyPattern } from '../../../../base/steadyPattern';

export const NOTHING_EXPECTED: Required<Expected> = { contains: '', pattern: '', schema: '' };

/** Also of an empty one, which asks nothing; false of one that may not end. */
export function isPattern(text: string): boolean {
  if (!isSteadyPattern(text)) return false;
  try {
    return new RegExp(text, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

/** An object or a truth value, as schemas are; also an empty text. */
export function isSchemaText(text: string): boolean {
  if (text.trim() === '') return true;
  try {
    const schema: unknown = JSON.parse(text);
    return typeof schema === 'boolean' || (typeof schema === 'object' && schema !== null && !Array.isArray(schema));
  } catch {
    return false;
  }
}

/** What is asked of answers; undefined where nothing is. Blanks within a text that it must contain count. */
export function expectedOf({ contains, pattern, schema }: Required<Expected>): Expected | undefined {
  const expected = {
    ...(contains !== '' && { contains }),
    ...(pattern !== '' && isPattern(pattern) && { pattern }),
    ...(schema.trim() !== '' && isSchemaText(schema) && { schema }),
  };
  return Object.keys(expected).length > 0 ? expected : undefined;
}

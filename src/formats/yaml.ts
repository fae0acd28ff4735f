// Writes plain values as YAML. It reads none.
export type Yaml = string | number | boolean | null | readonly Yaml[] | { readonly [key: string]: Yaml | undefined };

/**
 * YAML 1.2 in block style. Strings are written as JSON, which is YAML too, so nothing in them is read as anything else.
 */
export function writeYaml(value: { readonly [key: string]: Yaml | undefined }): string {
  return `${lines(value, '').join('\n')}\n`;
}

function lines(value: { readonly [key: string]: Yaml | undefined }, indent: string): string[] {
  return Object.entries(value).flatMap(([key, v]) => (v === undefined ? [] : entry(`${indent}${key}:`, v, indent)));
}

function entry(head: string, value: Yaml, indent: string): string[] {
  if (typeof value !== 'object' || value === null) return [`${head} ${scalar(value)}`];
  const inner = `${indent}  `;
  if (!isList(value)) return [head, ...lines(value, inner)];
  if (!value.length) return [`${head} []`];
  return [head, ...value.flatMap((v) => item(v, inner))];
}

/** Readers of YAML 1.1 take 1e-8 for a string: a number with an exponent needs its point. */
const scalar = (value: string | number | boolean | null): string =>
  typeof value === 'number' ? String(value).replace(/^(-?\d+)e/, '$1.0e') : JSON.stringify(value);

const isList = (value: object): value is readonly Yaml[] => Array.isArray(value);

/** An object in a list begins on the line of its dash. */
function item(value: Yaml, indent: string): string[] {
  if (typeof value !== 'object' || value === null) return [`${indent}- ${scalar(value)}`];
  if (isList(value)) return [`${indent}- ${JSON.stringify(value)}`];
  const [first = '', ...rest] = lines(value, `${indent}  `);
  return [`${indent}- ${first.trimStart()}`, ...rest];
}

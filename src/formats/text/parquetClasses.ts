// The names of classes that Hugging Face's `datasets` writes beside the schema of a Parquet file: there a label is a
// number. It reads no rows.
import { isObject, own, parseJson, type JsonObject } from '../json';

/** What `datasets` calls its entry among the metadata of a file. */
const KEY = 'huggingface';

/** The classes of a column, each at its number. */
export type ClassColumns = ReadonlyMap<string, readonly string[]>;

/** The columns of class labels, or of lists of them; none where the file was written by other programs. */
export function classColumns(metadata: readonly { key: string; value?: string }[] | undefined): ClassColumns {
  const written = metadata?.find(({ key }) => key === KEY)?.value;
  const features = part(part(written === undefined ? undefined : objectIn(written), 'info'), 'features') ?? {};
  const columns = Object.keys(features).map((column) => [column, namesOf(part(features, column))] as const);
  return new Map(columns.filter((column): column is readonly [string, string[]] => column[1] !== undefined));
}

/** What is broken here names no class, and the rows are as good without. */
function objectIn(text: string): JsonObject | undefined {
  try {
    const value = parseJson(text, KEY);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function part(object: JsonObject | undefined, key: string): JsonObject | undefined {
  const value = object && own(object, key);
  return isObject(value) ? value : undefined;
}

/** A list is `Sequence` in versions of `datasets` before 4, `List` or `LargeList` since. */
function namesOf(feature: JsonObject | undefined): string[] | undefined {
  if (!feature) return undefined;
  if (['Sequence', 'List', 'LargeList'].includes(String(feature['_type']))) return namesOf(part(feature, 'feature'));
  const names = feature['_type'] === 'ClassLabel' ? feature['names'] : undefined;
  const isName = (name: unknown): name is string => typeof name === 'string' && name.trim() !== '';
  return Array.isArray(names) && names.every(isName) && new Set(names).size === names.length ? names : undefined;
}

/** The name at a number, or those of a list; no class where it is −1, and other values as they are. */
export function className(value: unknown, names: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((one) => className(one, names)).filter((one) => one !== null);
  if (typeof value !== 'number') return value;
  return value === -1 ? null : (names[value] ?? value);
}

// What the recipe changes of single rows by hand: the table shows it in place of what is stored.
import type { RecipeStep } from '../../../../base/records/recipe';

/** By the id of a row: its texts after the change, or none where it is left out. */
export type RowChanges = ReadonlyMap<number, readonly string[] | undefined>;

/** A later change of a row counts in place of an earlier one. */
export function changesIn(steps: readonly RecipeStep[]): RowChanges {
  const changes = new Map<number, readonly string[] | undefined>();
  for (const { kind, on, settings } of steps) {
    if (kind !== 'edit' || !on) continue;
    for (const text of (settings['edits'] ?? []) as readonly string[]) {
      const change = changeIn(text);
      if (change) changes.set(...change);
    }
  }
  return changes;
}

/** A recipe from a file may hold texts that are no changes: they change nothing. */
export function changeIn(text: string): [id: number, texts: readonly string[] | undefined] | undefined {
  try {
    const { id, texts } = (JSON.parse(text) ?? {}) as { id?: unknown; texts?: unknown };
    if (typeof id !== 'number' || !(texts === undefined || isTexts(texts))) return undefined;
    return [id, texts];
  } catch {
    return undefined;
  }
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((text) => typeof text === 'string');

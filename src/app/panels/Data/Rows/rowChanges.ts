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
      const { id, texts } = JSON.parse(text) as { id: number; texts?: readonly string[] };
      changes.set(id, texts);
    }
  }
  return changes;
}

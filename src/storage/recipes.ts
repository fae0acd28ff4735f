// The recipe that a person works on, one to each dataset, with every state that it was in.
import type { Id } from '../base/records/named';
import type { RecipeRecord } from '../base/records/recipe';
import type { AtelierDb } from './db';
import { write } from './write';

/** Undefined where none was begun. */
export const readRecipe = (db: AtelierDb, datasetId: Id): Promise<RecipeRecord | undefined> =>
  db.get('recipes', datasetId);

/**
 * Stores a recipe as it is now. That of a dataset that is gone is not kept: nothing would ever show it.
 * @throws storage-full, storage-closed, storage-failed
 */
export const keepRecipe = (db: AtelierDb, recipe: RecipeRecord): Promise<void> =>
  write(
    db,
    ['recipes', 'datasets'],
    async (tx) => {
      if ((await tx.objectStore('datasets').getKey(recipe.id)) !== undefined)
        await tx.objectStore('recipes').put(recipe);
    },
    JSON.stringify(recipe.states.at(-1)).length,
  );

// What the page must know of the steps of recipes, and of a row that a person edits: plain facts, no functions.
import type { Id } from '../../base/records/named';
import type { EditableRow, StepFacts } from '../../base/wire/recipes';
import { mayHaveCopies } from '../../data/clean/copies';
import { RECIPE_STEPS } from '../../data/clean/steps';
import { getDataset, storedRowsFrom } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import { cleanRow } from './cleanRows';
import { contentOfRows } from './datasetPasses';

export const stepFacts = (): StepFacts[] =>
  RECIPE_STEPS.map((step) => {
    const { kind, defaults, limits = {}, choices = {}, secret = [], byHand = false, augments = false } = step;
    return { kind, defaults, limits, choices, secret, byHand, augments, columns: step.columns?.(defaults) ?? [] };
  });

/** @throws dataset-missing, dataset-damaged */
export async function editableRow(db: AtelierDb, id: Id, index: number): Promise<EditableRow | undefined> {
  const [stored] = await storedRowsFrom(db, id, index, 1);
  if (!stored) return undefined;
  const row = cleanRow(stored, contentOfRows(await getDataset(db, id)));
  return { id: stored.id, parts: row.parts, mayHaveCopies: mayHaveCopies(row) };
}

// What a version of a dataset says of itself: what it was made from, by which recipe, and what became of the rows.
import type { Id } from './named';
import type { Recipe } from './recipe';

/** What one step of a recipe did to the rows that came to it. */
export interface StepCounts {
  stepId: Id;
  /** Rows that came to the step and passed its filter. */
  seen: number;
  left: number;
  changed: number;
  /** Rows that went to the other side. */
  moved: number;
  /** Rows left out, changed or moved, by the code of the reason. */
  reasons: Record<string, number>;
}

/** The data sheet of a version as data: what it was made from, and what was removed and why. */
export interface VersionSheet {
  parentName: string;
  parentRows: number;
  /** Of each step that was switched on, in order. */
  counts: readonly StepCounts[];
}

export interface DatasetVersion {
  /** The import that the family comes from. */
  rootId: Id;
  parentId: Id;
  /** The import is 1. */
  number: number;
  recipe: Recipe;
  sheet: VersionSheet;
  /** SHA-256 of the rows, as the bytes of the JSON lines that they are saved as; hex. */
  sha256: string;
}

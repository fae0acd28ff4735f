// What a version of a dataset says of itself: what it was made from, by which steps, and what became of the rows.
import type { DatasetHub } from './datasetHub';
import type { Id } from './named';
import type { RecipeStep } from './recipe';

/** What one step of a recipe did to the rows that came to it. */
export interface StepCounts {
  stepId: Id;
  /** Rows that came to the step and passed its filter. */
  seen: number;
  left: number;
  changed: number;
  /** Rows that went to the other side. */
  moved: number;
  /** Rows that it added; absent: none. */
  added?: number;
  /** Rows that it was made for, one by one, and that did not come to it. */
  missing?: number;
  /** Stretches found in the rows, by the code of their reason; absent for a step that names none. */
  found?: Record<string, number>;
  /** Rows left out, changed, moved or added, by the code of the reason. */
  reasons: Record<string, number>;
}

/** One version's making: the steps that were on, and what each did. */
export interface VersionMaking {
  number: number;
  madeAt: number;
  rowsBefore: number;
  rows: number;
  /** Held-out rows. */
  held: number;
  /** Rows that were made of others, which are never held out; absent: none. */
  augmented?: number;
  /** Rows that the import had set aside, and that were mended; absent: none. */
  brought?: number;
  /** Rows that were written here: of conversations, feedback or judgements; absent: none. */
  written?: number;
  steps: readonly (RecipeStep & { did: StepCounts })[];
}

/** The data sheet of a version as data: where the rows come from, and what was removed and why. */
export interface VersionSheet {
  origin: {
    name: string;
    source: string;
    bytes: number;
    rows: number;
    sha256: string;
    importedAt: number;
    /** Rows and files that the import could not read; absent: none. */
    aside?: number;
    /** Where it was read from several files: the first of them. */
    files?: readonly { name: string; rows: number }[];
    /** Where it came from a hub. */
    hub?: DatasetHub;
  };
  /** From the first version after the import to this one. */
  made: readonly VersionMaking[];
  /** Columns beside the rows, with the number of rows that have each. */
  columns: readonly { name: string; rows: number }[];
}

export interface DatasetVersion {
  /** The import that the family comes from. */
  rootId: Id;
  parentId: Id;
  /** The import is 1. */
  number: number;
  sheet: VersionSheet;
  /** SHA-256 of the rows, as the bytes of the JSON lines that they are saved as; hex. */
  sha256: string;
}

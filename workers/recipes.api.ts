// Recipes: what steps find in a dataset, what they would do, the versions that they make, and datasets as files.
import type { DatasetRecord } from '../src/base/records/dataset';
import type { Id } from '../src/base/records/named';
import type { Recipe, RecipeRecord } from '../src/base/records/recipe';
import type { OnProgress } from '../src/base/wire/events';
import type {
  CleanFindings,
  CompareRequest,
  DatasetFile,
  RecipePreview,
  RecipeRequest,
  EditableRow,
  RowDifferences,
  StepFacts,
} from '../src/base/wire/recipes';
import type { ExportResult } from '../src/base/wire/requests';

export interface RecipesApi {
  /** The steps that there are, in the order in which they are offered. */
  cleanSteps(): Promise<StepFacts[]>;
  /** What each step, in its default settings, would do to the rows. */
  cleanFindings(datasetId: Id, onProgress: OnProgress, signal: AbortSignal): Promise<CleanFindings>;
  /** @throws recipe-step-unknown, dataset-*, cancelled */
  previewRecipe(request: RecipeRequest, onProgress: OnProgress, signal: AbortSignal): Promise<RecipePreview>;
  /** @throws version-empty, recipe-step-unknown, dataset-*, storage-full, cancelled */
  makeVersion(request: RecipeRequest, onProgress: OnProgress, signal: AbortSignal): Promise<DatasetRecord>;
  compareDatasets(request: CompareRequest, onProgress: OnProgress, signal: AbortSignal): Promise<RowDifferences>;
  /** The recipe that is worked on; undefined where none was begun. */
  readRecipe(datasetId: Id): Promise<RecipeRecord | undefined>;
  keepRecipe(recipe: RecipeRecord): Promise<void>;
  /**
   * A saved recipe.
   *
   * @throws recipe-broken, recipe-step-unknown
   */
  recipeIn(text: string, file: string): Promise<Recipe>;
  /** Columns beside the rows that a recipe cannot do without. */
  columnsNeeded(recipe: Recipe): Promise<string[]>;
  /** A row by its place from 0, as a person edits it; undefined past the last one. */
  editableRow(datasetId: Id, index: number): Promise<EditableRow | undefined>;
  datasetFile(datasetId: Id, kind: DatasetFile, onProgress: OnProgress, signal: AbortSignal): Promise<ExportResult>;
  /** What is in a version, where it comes from, what was removed and why; as Markdown. */
  dataSheet(datasetId: Id): Promise<ExportResult>;
}

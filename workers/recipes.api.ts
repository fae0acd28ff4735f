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
  RowDifferences,
} from '../src/base/wire/recipes';
import type { ExportResult } from '../src/base/wire/requests';

export interface RecipesApi {
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
  datasetFile(datasetId: Id, kind: DatasetFile, onProgress: OnProgress, signal: AbortSignal): Promise<ExportResult>;
  /** What is in a version, where it comes from, what was removed and why; as Markdown. */
  dataSheet(datasetId: Id): Promise<ExportResult>;
}

// The rows of a dataset as a table: filtered, sorted, counted in facets, read a few at a time, saved as filtered.
import type { Condition } from '../src/base/records/recipe';
import type { OnProgress } from '../src/base/wire/events';
import type { DatasetFile } from '../src/base/wire/recipes';
import type { ExportResult } from '../src/base/wire/requests';
import type { Facet, FacetRequest, RowsRequest, TableQuery, TableRow, TableView } from '../src/base/wire/rowTable';

export interface RowTableApi {
  /**
   * How many rows a query has, and the columns that there are; slow when a dataset is first asked for, with a column
   * that takes long, and with a search.
   *
   * @throws dataset-*, tokenizer-missing, cancelled
   */
  tableView(query: TableQuery, onProgress: OnProgress, signal: AbortSignal): Promise<TableView>;
  tableFacets(
    query: TableQuery,
    wanted: readonly FacetRequest[],
    onProgress: OnProgress,
    signal: AbortSignal,
  ): Promise<Facet[]>;
  tableRows(request: RowsRequest): Promise<TableRow[]>;
  /** The places of the rows of a query, in its order. */
  tablePlaces(query: TableQuery, onProgress: OnProgress, signal: AbortSignal): Promise<number[]>;
  /** The filter as a step of a recipe carries it. */
  recipeFilter(query: TableQuery, onProgress: OnProgress, signal: AbortSignal): Promise<Condition[]>;
  /** The rows of a query as a file, in the order in which they are stored. */
  filteredFile(
    query: TableQuery,
    kind: DatasetFile,
    onProgress: OnProgress,
    signal: AbortSignal,
  ): Promise<ExportResult>;
  /** Gives back the memory that the table takes. */
  closeTable(): Promise<void>;
}

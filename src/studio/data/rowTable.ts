// The rows of a dataset as a table: filtered, sorted, counted in facets, and read a few at a time. The table is held in
// memory while it is looked at; what the page asks names the whole query, so that a new worker can answer it as well.
import type { Condition, ValueRange } from '../../base/records/recipe';
import type { DatasetRecord, StoredRow } from '../../base/records/dataset';
import type { Id } from '../../base/records/named';
import type { LossScores } from '../../base/records/scores';
import {
  ASKED_KEYS,
  LOSS_UNDER,
  type Facet,
  type FacetRequest,
  type RowsRequest,
  type TableColumn,
  type TableQuery,
  type TableRow,
  type TableView,
} from '../../base/wire/rowTable';
import { columnValue, holds, isComputed } from '../../data/clean/conditions';
import { lookedAtText } from '../../data/clean/rowText';
import { facetCounter, type FacetCounter } from '../../data/table/facet';
import { maskOf, RowFilter, type RowMask } from '../../data/table/rowFilter';
import { sortedBy } from '../../data/table/rowOrder';
import { rowsWith, valueAt, type ValueColumn } from '../../data/table/tableColumn';
import { wellFormed } from '../../formats/text/unicode';
import { getDataset, storedRowsAt } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import { readScores, scoreNumbers } from '../../storage/scores';
import { cleanRow } from './cleanRows';
import { contentOfRows, DatasetPasses, type RecipeOptions } from './datasetPasses';
import { askedColumn, RowColumns } from './rowColumns';

/** Characters of a row that the table shows. */
const SHOWN = 300;
/** Conditions whose rows are remembered: a search reads every row. */
const REMEMBERED = 8;

/** Texts are not held: a condition on one of these goes through the rows. */
const TEXTS = new Set(['text', 'question', 'answer']);

/** The table of one dataset. */
class RowTable {
  readonly #columns: Map<string, ValueColumn>;
  readonly #beside: ReadonlyMap<string, string>;
  readonly #unlisted: number;
  readonly #facets = new Map<string, FacetCounter>();
  /** By the condition; the latest last. */
  readonly #masks = new Map<string, RowMask>();
  /** What was asked for, of the columns that are there. */
  readonly #asked = new Map<string, string>();
  /** Losses under models, by the number that they are stored by. */
  readonly #losses = new Map<number, LossScores>();
  /** Numbers that were read, whatever stands there. */
  readonly #seen = new Set<number>();
  #selected: { of: string; filter: RowFilter; places: Uint32Array } | undefined;

  constructor(
    private readonly db: AtelierDb,
    private readonly dataset: DatasetRecord,
    seen: RowColumns,
  ) {
    this.#columns = seen.columns();
    this.#beside = seen.beside;
    this.#unlisted = seen.unlisted.size;
  }

  async view(query: TableQuery, options: RecipeOptions): Promise<TableView> {
    const { filter } = await this.select(query, options);
    const columns = [...this.#columns]
      .filter(([key]) => key !== 'row')
      .map(([key, column]) => this.#facts(key, column));
    return { rows: this.dataset.rows, matched: filter.matched, columns, unlisted: this.#unlisted };
  }

  async facets(query: TableQuery, wanted: readonly FacetRequest[], options: RecipeOptions): Promise<Facet[]> {
    const { filter } = await this.select(query, options);
    return wanted.flatMap(({ column: key, search }) => {
      const column = this.#columns.get(key);
      if (!column) return [];
      const counter = this.#facets.get(key) ?? facetCounter(column);
      this.#facets.set(key, counter);
      const chosen = query.filter.find((condition) => condition.column === key);
      return [counter.facet(key, filter.without(key), chosen, search)];
    });
  }

  async rows({ query, from, count, columns }: RowsRequest): Promise<TableRow[]> {
    const { places } = await this.select(query, {});
    const wanted = [...places.subarray(from, from + count)];
    const stored = await storedRowsAt(this.db, this.dataset.id, wanted);
    return stored.map((row, i) => this.#shown(row, wanted[i]!, columns));
  }

  /** The rows of a query, remembered until another one is asked. */
  async select(query: TableQuery, options: RecipeOptions): Promise<{ filter: RowFilter; places: Uint32Array }> {
    await this.#readLosses();
    const of = JSON.stringify(query);
    if (this.#selected?.of === of) return this.#selected;
    for (const asked of query.asked) await this.#compute(asked, options);
    const masks = new Map<string, RowMask>();
    for (const condition of query.filter) {
      const [mask, other] = [await this.#mask(condition, options), masks.get(condition.column)];
      masks.set(condition.column, other ? mask.map((passes, row) => passes & other[row]!) : mask);
    }
    const filter = new RowFilter(this.dataset.rows, masks);
    const places = this.#sorted(filter.places(), query);
    this.#selected = { of, filter, places };
    return this.#selected;
  }

  /** A filter that a recipe knows: what it computes not or otherwise becomes the ids of the rows that are meant. */
  async recipeFilter(query: TableQuery, options: RecipeOptions): Promise<Condition[]> {
    const isHere = (column: string): boolean => this.#columns.has(column) || TEXTS.has(column);
    const known = query.filter.filter(
      ({ column }) => this.#beside.has(column) || (isComputed(column) && isHere(column)),
    );
    const others = query.filter.filter((condition) => !known.includes(condition));
    if (!others.length) return known;
    const { places } = await this.select({ ...query, filter: others, sort: { column: 'row', down: false } }, options);
    const ids = this.#columns.get('row')!;
    return [...known, { column: 'row', ranges: runsOf([...places].map((row) => Number(valueAt(ids, row)))) }];
  }

  #facts(key: string, column: ValueColumn): TableColumn {
    const beside = this.#beside.get(key);
    const under = [...this.#losses.values()].find(({ weightsId }) => key === LOSS_UNDER + weightsId);
    return {
      ...{ key, kind: column.kind, rows: rowsWith(column) },
      ...(beside !== undefined && { beside }),
      ...(under && { under }),
    };
  }

  /** What models found stands beside the rows by itself, also what is found while the table is open. */
  async #readLosses(): Promise<void> {
    const { id, rows } = this.dataset;
    const stored = await scoreNumbers(this.db, id);
    const gone = [...this.#losses.keys()].filter((number) => !stored.includes(number));
    for (const number of gone) this.#replace(LOSS_UNDER + this.#losses.get(number)!.weightsId, undefined);
    for (const number of gone) this.#losses.delete(number);
    // the latest, which has the least number, last
    for (const number of stored.filter((one) => !this.#seen.has(one)).toReversed()) {
      this.#seen.add(number);
      const scores = await readScores(this.db, id, number, rows);
      if (scores?.about.kind !== 'loss') continue;
      this.#losses.set(number, scores.about);
      const values = Float64Array.from(scores.values, (value) => (value >= 0 ? value : NaN));
      this.#replace(LOSS_UNDER + scores.about.weightsId, { kind: 'number', values });
    }
  }

  /** A column in place of the one that was there, of which nothing counted stays. */
  #replace(key: string, column: ValueColumn | undefined): void {
    if (column) this.#columns.set(key, column);
    else this.#columns.delete(key);
    this.#facets.delete(key);
    for (const condition of this.#masks.keys()) if (condition.includes(`"${key}"`)) this.#masks.delete(condition);
    this.#selected = undefined;
  }

  #shown(stored: StoredRow, index: number, columns: readonly string[]): TableRow {
    const text = lookedAtText(cleanRow(stored, contentOfRows(this.dataset)), 'row');
    const cells = columns.map((key) => {
      const column = this.#columns.get(key);
      const value = column && valueAt(column, index);
      return typeof value === 'boolean' ? String(value) : value;
    });
    return { id: stored.id, index, text: wellFormed(text.slice(0, SHOWN)), cells };
  }

  /** Computes a column that was asked for, unless it is there; of another tokenizer in place of that of the first. */
  async #compute(asked: TableQuery['asked'][number], options: RecipeOptions): Promise<void> {
    const [key, of] = [ASKED_KEYS[asked.kind], JSON.stringify(asked)];
    if (this.#asked.get(key) === of) return;
    this.#replace(key, await askedColumn(this.db, this.dataset, asked, options));
    this.#asked.set(key, of);
  }

  async #mask(condition: Condition, options: RecipeOptions): Promise<RowMask> {
    const of = JSON.stringify(condition);
    const mask = this.#masks.get(of) ?? (await this.#computedMask(condition, options));
    this.#masks.delete(of);
    this.#masks.set(of, mask);
    const [oldest] = this.#masks.keys();
    if (this.#masks.size > REMEMBERED && oldest !== undefined) this.#masks.delete(oldest);
    return mask;
  }

  async #computedMask(condition: Condition, options: RecipeOptions): Promise<RowMask> {
    const column = this.#columns.get(condition.column);
    if (column) return maskOf(column, condition);
    const mask = new Uint8Array(this.dataset.rows);
    if (!TEXTS.has(condition.column)) return mask.fill(Number(holds(undefined, condition)));
    const content = contentOfRows(this.dataset);
    await new DatasetPasses(this.db, this.dataset, 'checking', options).each((stored, place) => {
      mask[place] = Number(holds(columnValue(cleanRow(stored, content), condition.column), condition));
    });
    return mask;
  }

  #sorted(places: Uint32Array, { sort: { column: key, down } }: TableQuery): Uint32Array {
    const column = key === 'row' ? undefined : this.#columns.get(key);
    if (column) return sortedBy(column, places, down);
    return down ? places.reverse() : places;
  }
}

/** Rising numbers as ranges of those that follow each other. */
function runsOf(numbers: readonly number[]): ValueRange[] {
  const runs: [number, number][] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && number <= last[1] + 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs;
}

/** The table that is looked at: one dataset at a time, read when it is first asked for. */
export class RowTables {
  #open: { id: Id; table: Promise<RowTable> } | undefined;

  /** @throws dataset-missing, dataset-damaged, tokenizer-missing, cancelled */
  async view(db: AtelierDb, query: TableQuery, options: RecipeOptions = {}): Promise<TableView> {
    return (await this.#table(db, query.datasetId, options)).view(query, options);
  }

  /** @throws those of `view` */
  async facets(
    db: AtelierDb,
    query: TableQuery,
    wanted: readonly FacetRequest[],
    options: RecipeOptions = {},
  ): Promise<Facet[]> {
    return (await this.#table(db, query.datasetId, options)).facets(query, wanted, options);
  }

  /** @throws those of `view` */
  async rows(db: AtelierDb, request: RowsRequest): Promise<TableRow[]> {
    return (await this.#table(db, request.query.datasetId, {})).rows(request);
  }

  /**
   * A filter as a step of a recipe carries it.
   * @throws those of `view`
   */
  async recipeFilter(db: AtelierDb, query: TableQuery, options: RecipeOptions = {}): Promise<Condition[]> {
    return (await this.#table(db, query.datasetId, options)).recipeFilter(query, options);
  }

  /**
   * Whether the row at a place passes the filter.
   * @throws those of `view`
   */
  async passing(db: AtelierDb, query: TableQuery, options: RecipeOptions = {}): Promise<(place: number) => boolean> {
    const { filter } = await (await this.#table(db, query.datasetId, options)).select(query, options);
    return (place) => filter.passes(place);
  }

  /**
   * The places of the rows that pass.
   * @throws those of `view`
   */
  async places(db: AtelierDb, query: TableQuery, options: RecipeOptions = {}): Promise<number[]> {
    return [...(await (await this.#table(db, query.datasetId, options)).select(query, options)).places];
  }

  /** Gives the memory back. */
  close(): void {
    this.#open = undefined;
  }

  #table(db: AtelierDb, id: Id, options: RecipeOptions): Promise<RowTable> {
    if (this.#open?.id === id) return this.#open.table;
    const table = openTable(db, id, options);
    const open = (this.#open = { id, table });
    table.catch(() => {
      if (this.#open === open) this.#open = undefined;
    });
    return table;
  }
}

async function openTable(db: AtelierDb, id: Id, options: RecipeOptions): Promise<RowTable> {
  const dataset = await getDataset(db, id);
  const columns = new RowColumns(dataset.rows, contentOfRows(dataset));
  await new DatasetPasses(db, dataset, 'checking', options).each((stored, place) => columns.see(place, stored));
  return new RowTable(db, dataset, columns);
}

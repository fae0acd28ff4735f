// The table of a dataset's rows as the page has it: what is chosen, what the worker counted, and the rows in view.
import type { DatasetRecord } from '../../../../base/records/dataset';
import type { Condition, ValueRange } from '../../../../base/records/recipe';
import type { DatasetFile } from '../../../../base/wire/recipes';
import type { ExportResult } from '../../../../base/wire/requests';
import {
  ASKED_KEYS,
  LOSS_UNDER,
  type ColumnAsked,
  type Facet,
  type TableQuery,
  type TableSort,
  type TableView,
} from '../../../../base/wire/rowTable';
import { weightsOf, type ModelChoice } from '../../../parts/modelChoices';
import { Job } from '../../../state/job.svelte';
import type { Workers } from '../../../state/workers';
import { RowPages } from './rowPages.svelte';
import { AS_STORED, NOTHING_CHOSEN, rowsPlaceIn, placeText, type RowsPlace } from './rowsAddress';

export interface RowsWorld extends Workers {
  /** Puts the place of a dataset's table into the address. */
  keepPlace(datasetId: string, place: string): void;
}

/** Facets that are open at first, of those that there are. */
const OPENED = [
  ...['label', 'labels', 'rating', 'split', 'source', 'near-group'],
  ...['repeats-earlier', 'characters', 'turns', 'turn-roles'],
];
const MOST_OPENED = 3;
/** Columns beside the text. */
const MOST_COLUMNS = 6;

/** One click on a bar. */
export type BarClicked = { range: ValueRange } | { value: string };

export class RowsState {
  readonly #world: RowsWorld;
  readonly #dataset: DatasetRecord;
  place = $state.raw<RowsPlace>(NOTHING_CHOSEN);
  view = $state.raw<TableView>();
  #facets = $state.raw<ReadonlyMap<string, Facet>>(new Map());
  #searches = $state.raw<ReadonlyMap<string, string>>(new Map());
  /** Counts, filters and computes columns. */
  readonly counting = new Job();
  readonly saving = new Job();
  /** Measures rows by a model. */
  readonly scoring = new Job();
  readonly pages = new RowPages();
  /** What the view and the rows in it are of; a newer choice may be on its way. */
  counted = $state.raw<TableQuery>();
  /** The last place that could be counted. */
  #good = NOTHING_CHOSEN;
  #again = false;
  /** The place in the address was counted, or could not be. */
  #tried = false;
  #left = false;

  /** Facets that are open. */
  open = $derived(this.place.open ?? this.#usual());
  /** Columns of the table beside the text: those that its rows were read with. */
  columns = $state.raw<readonly string[]>([]);
  filtered = $derived(this.place.filter.length > 0);

  constructor(world: RowsWorld, dataset: DatasetRecord) {
    this.#world = world;
    this.#dataset = dataset;
  }

  get query(): TableQuery {
    const { filter, sort, asked } = this.place;
    return { datasetId: this.#dataset.id, filter, sort, asked };
  }

  /** @param address Its part behind the dataset, decoded */
  async go(address: string | undefined): Promise<void> {
    const place = rowsPlaceIn(address);
    if (this.#tried && placeText(place) === placeText(this.place)) return;
    this.#tried = true;
    this.place = place;
    await this.count();
  }

  facet(column: string): Facet | undefined {
    return this.#facets.get(column);
  }

  searchIn(column: string): string {
    return this.#searches.get(column) ?? '';
  }

  condition(column: string): Condition | undefined {
    return this.place.filter.find((condition) => condition.column === column);
  }

  isAsked(kind: ColumnAsked['kind']): boolean {
    return this.place.asked.some((asked) => asked.kind === kind);
  }

  /** Takes a bar into the filter, or out of it. */
  toggle(column: string, bar: BarClicked): void {
    const { ranges = [], values = [] } = this.condition(column) ?? {};
    const next =
      'range' in bar ? { ranges: toggled(ranges, bar.range), values } : { ranges, values: toggled(values, bar.value) };
    this.filterBy({
      column,
      ...(next.ranges.length && { ranges: next.ranges }),
      ...(next.values.length && { values: next.values }),
    });
  }

  isChosen(column: string, bar: BarClicked): boolean {
    const { ranges = [], values = [] } = this.condition(column) ?? {};
    return 'range' in bar ? has(ranges, bar.range) : has(values, bar.value);
  }

  /** Rows that contain a text; an empty one ends the search. */
  search(contains: string): void {
    this.filterBy({ column: 'text', ...(contains !== '' && { contains }) });
  }

  /** The condition in place of the one on its column; without it, where it says nothing. */
  filterBy(condition: Condition): void {
    const says = Object.keys(condition).length > 1;
    const there = this.condition(condition.column) !== undefined;
    const others = this.place.filter.filter(({ column }) => column !== condition.column);
    const replaced = this.place.filter.map((other) => (other.column === condition.column ? condition : other));
    this.#move({ filter: says ? (there ? replaced : [...others, condition]) : others });
  }

  clearFilter(): void {
    this.#move({ filter: [] });
  }

  /** Down, up, then as they are stored; by the row itself up and down. */
  sortBy(column: string): void {
    const { sort } = this.place;
    const turned = column === AS_STORED.column && sort.column === column;
    const next = turned ? { column, down: !sort.down } : this.#nextSort(column);
    this.#move({ sort: next });
  }

  #nextSort(column: string): TableSort {
    const { sort } = this.place;
    return sort.column !== column ? { column, down: true } : sort.down ? { column, down: false } : AS_STORED;
  }

  sort(column: string, down: boolean): void {
    this.#move({ sort: { column, down } });
  }

  /** Computes a column that takes long, and opens its facet. */
  ask(asked: ColumnAsked): void {
    const column = ASKED_KEYS[asked.kind];
    const others = this.place.asked.filter(({ kind }) => kind !== asked.kind);
    this.#move({ asked: [...others, asked], open: [...new Set([column, ...this.open])] });
  }

  /** Measures the rows of the filter under a model, and opens the facet; a cancel keeps what was measured. */
  async measureLosses(chosen: ModelChoice): Promise<void> {
    const [{ data, gpu }, query] = [this.#world, this.query];
    let column: string | undefined;
    await this.scoring.run(async (onProgress, signal) => {
      const weightsId = await weightsOf(data, chosen);
      column = LOSS_UNDER + weightsId;
      const places = query.filter.length ? await data.tablePlaces(query, onProgress, signal) : undefined;
      const { datasetId } = query;
      await gpu.scoreRows({ datasetId, weightsId, model: chosen.label, ...(places && { places }) }, onProgress, signal);
    });
    if (this.#left || column === undefined) return;
    this.#move({ open: [...new Set([column, ...this.open])] });
  }

  fold(column: string, open: boolean): void {
    const others = this.open.filter((other) => other !== column);
    this.#move({ open: open ? [...others, column] : others });
  }

  /** Looks for values of a facet. */
  async searchFacet(column: string, search: string): Promise<void> {
    this.#searches = new Map([...this.#searches, [column, search]]);
    if (this.counting.running) {
      this.#again = true;
      return;
    }
    await this.#countFacets([column]);
    await this.#countNext();
  }

  /** Counts what is chosen; a choice made meanwhile is counted next. */
  async count(): Promise<void> {
    if (this.counting.running) {
      this.#again = true;
      return;
    }
    const [place, query] = [this.place, this.query];
    const view = await this.counting.run((...reporting) => this.#world.data.tableView(query, ...reporting));
    if (this.#left) return;
    if (view) await this.#take(view, place, query);
    else this.#moveBack();
    await this.#countNext();
  }

  /** What was chosen while something else was counted. */
  async #countNext(): Promise<void> {
    if (!this.#again || this.#left) return;
    this.#again = false;
    await this.count();
  }

  /** The filter as a step of a recipe carries it; undefined where it failed. */
  async recipeFilter(): Promise<readonly Condition[] | undefined> {
    const query = this.query;
    const filter = await this.counting.run((...reporting) => this.#world.data.recipeFilter(query, ...reporting));
    void this.#countNext();
    return filter;
  }

  async save(kind: DatasetFile): Promise<ExportResult | undefined> {
    const [query, { id }] = [this.query, this.#dataset];
    const { data } = this.#world;
    return this.saving.run((...reporting) =>
      query.filter.length ? data.filteredFile(query, kind, ...reporting) : data.datasetFile(id, kind, ...reporting),
    );
  }

  /** The screen is left: nothing is counted any more, and the worker gives its memory back. */
  close(): void {
    this.#left = true;
    this.counting.cancel();
    this.saving.cancel();
    this.scoring.cancel();
    void this.#world.data.closeTable().catch(() => undefined);
  }

  #usual(): readonly string[] {
    const here = new Set(this.view?.columns.flatMap(({ key, rows }) => (rows > 0 ? [key] : [])));
    return OPENED.filter((column) => here.has(column)).slice(0, MOST_OPENED);
  }

  #move(patch: Partial<RowsPlace>): void {
    this.place = { ...this.place, ...patch };
    this.#world.keepPlace(this.#dataset.id, placeText(this.place));
    void this.count();
  }

  /** Of a table that was never counted the filter stays, for a cancel is no reason to lose it. */
  #moveBack(): void {
    if (!this.view) {
      if (this.counting.cancelled || !this.place.asked.length) return;
      this.#good = withoutAsked(this.place); // a tokenizer that is not there fails each time
    }
    this.place = this.#good;
    this.#world.keepPlace(this.#dataset.id, placeText(this.place));
  }

  async #take(view: TableView, place: RowsPlace, query: TableQuery): Promise<void> {
    this.#good = place;
    [this.view, this.counted] = [view, query];
    const columns = (this.columns = this.open.slice(0, MOST_COLUMNS));
    this.pages.turnTo((from, count) => this.#world.data.tableRows({ query, from, count, columns }));
    await this.#countFacets(this.open);
  }

  /** Bars that were not counted are not shown: those of another filter say nothing here. */
  async #countFacets(columns: readonly string[]): Promise<void> {
    const wanted = columns.map((column) => ({ column, search: this.searchIn(column) }));
    const query = this.counted ?? this.query;
    const facets = await this.counting.run((...reporting) => this.#world.data.tableFacets(query, wanted, ...reporting));
    const others = [...this.#facets].filter(([column]) => !columns.includes(column));
    this.#facets = new Map([...others, ...(facets ?? []).map((facet) => [facet.column, facet] as const)]);
  }
}

/** Without the columns that take long, and what was chosen by them. */
function withoutAsked({ filter, sort, asked, ...rest }: RowsPlace): RowsPlace {
  const gone = new Set<string>(asked.map(({ kind }) => ASKED_KEYS[kind]));
  return {
    ...rest,
    filter: filter.filter(({ column }) => !gone.has(column)),
    sort: gone.has(sort.column) ? AS_STORED : sort,
    asked: [],
  };
}

const has = (list: readonly unknown[], item: unknown): boolean =>
  list.some((other) => JSON.stringify(other) === JSON.stringify(item));

const toggled = <T>(list: readonly T[], item: T): T[] =>
  has(list, item) ? list.filter((other) => JSON.stringify(other) !== JSON.stringify(item)) : [...list, item];

// The table of runs as a person has set it: sorted, filtered, its columns, which runs are ticked and which are drawn.
import { SvelteSet } from 'svelte/reactivity';
import type { Id } from '../../../base/records/named';
import type { RunRecord } from '../../../base/records/run';
import { X_AXES, type XAxis } from '../../state/curves';
import type { RunsState } from '../../state/runs.svelte';
import { datasetNameWords } from '../../words/datasetWords';
import { statusWords } from '../../words/runWords';
import { columnOf, differing, FIRST_COLUMNS, isColumn, type ColumnKey, type Sortable } from './columns';
import { LineLooks } from './lineLooks';

/** Rows of a page: what a screen or two hold, however many runs there are. */
export const PAGE_ROWS = 25;
/** Runs whose curves are drawn while none is ticked: as many as there are colours. */
const DRAWN_UNTICKED = 6;

export interface Sort {
  key: ColumnKey;
  down: boolean;
}

interface Kept {
  sort: Sort;
  columns: readonly ColumnKey[];
  measure: string;
  /** What the curves run over. */
  axis: XAxis;
  /** The run that all others are compared with. */
  baseline?: Id | undefined;
}
const FIRST: Kept = {
  ...{ sort: { key: 'when', down: true }, columns: FIRST_COLUMNS, measure: 'loss held out', axis: 'step' },
};

/** Where the choices outlive the page. */
export interface Keeper {
  read(): string | undefined;
  write(text: string): void;
}

type Runs = Pick<RunsState, 'list' | 'trainedBy' | 'removeAll'>;

export class RunsTable {
  readonly #runs: Runs;
  readonly #keeper: Keeper;
  readonly #looks = new LineLooks();
  readonly #ticks = new SvelteSet<Id>();
  #lastTicked: Id | undefined;
  #kept = $state.raw<Kept>(FIRST);
  #query = $state('');
  #from = $state(0);

  /** All that match the filter, in the order of the sort. */
  found = $derived.by<readonly RunRecord[]>(() => this.#sorted(this.#matching()));
  /** The pinned run: it stands above the others, whatever the filter and the page are. */
  baseline = $derived.by(() => this.#runs.list.find(({ id }) => id === this.#kept.baseline));
  #others = $derived(this.found.filter(({ id }) => id !== this.baseline?.id));
  /** Rows below the baseline, on all pages. */
  count = $derived(this.#others.length);
  /** The ticked ones among them: what is not shown is not acted on. */
  ticked = $derived<readonly RunRecord[]>(
    (this.baseline && !this.found.includes(this.baseline) ? [this.baseline, ...this.found] : this.found).filter(
      ({ id }) => this.#ticks.has(id),
    ),
  );
  /** Where the page begins; it follows a list that became shorter. */
  from = $derived(Math.min(this.#from, Math.max(0, Math.ceil(this.count / PAGE_ROWS) - 1) * PAGE_ROWS));
  rows = $derived<readonly RunRecord[]>(this.#others.slice(this.from, this.from + PAGE_ROWS));
  /** What tells the ticked runs apart and is not chosen anyway. */
  different = $derived<readonly ColumnKey[]>(
    this.ticked.length > 1 ? differing(this.ticked).filter((key) => !this.columns.includes(key)) : [],
  );
  /** What differs stands near the name, where it is seen without scrolling: behind the first of the chosen columns. */
  shown = $derived<readonly ColumnKey[]>([...this.columns.slice(0, 1), ...this.different, ...this.columns.slice(1)]);
  drawn = $derived<readonly RunRecord[]>(this.#drawnOf());
  looks = $derived(this.#looks.of(this.drawn.map(({ id }) => id)));

  constructor(runs: Runs, keeper: Keeper) {
    this.#runs = runs;
    this.#keeper = keeper;
    this.#kept = keptIn(keeper.read());
  }

  get sort(): Sort {
    return this.#kept.sort;
  }
  get columns(): readonly ColumnKey[] {
    return this.#kept.columns;
  }
  get measure(): string {
    return this.#kept.measure;
  }
  set measure(measure: string) {
    this.#keep({ measure });
  }
  get axis(): XAxis {
    return this.#kept.axis;
  }
  set axis(axis: XAxis) {
    this.#keep({ axis });
  }
  get query(): string {
    return this.#query;
  }
  set query(query: string) {
    this.#query = query;
    this.#from = 0;
  }

  /** The same column once more turns the order round; a third time the newest run is first again. */
  sortBy(key: ColumnKey): void {
    const first = columnOf(key).largestFirst ?? false;
    const { sort } = this;
    const turned = sort.key === key && sort.down !== first;
    this.#keep({ sort: turned ? FIRST.sort : { key, down: sort.key === key ? !first : first } });
    this.#from = 0;
  }

  /** @returns what was pinned before, to pin it again */
  pin(id: Id | undefined): Id | undefined {
    const { baseline: before } = this.#kept;
    this.#keep({ baseline: id });
    return before;
  }

  toggleColumn(key: ColumnKey): void {
    const without = this.columns.filter((other) => other !== key);
    this.#keep({ columns: without.length < this.columns.length ? without : [...without, key] });
  }

  resetColumns(): void {
    this.#keep({ columns: FIRST_COLUMNS });
  }

  turnTo(from: number): void {
    this.#from = from;
  }

  isTicked = (id: Id): boolean => this.#ticks.has(id);

  /** @param through all from the one that was ticked or unticked last up to this one, as they stand in the table */
  tick(id: Id, on: boolean, through = false): void {
    const at = this.found.findIndex((run) => run.id === id);
    const last = through ? this.found.findIndex((run) => run.id === this.#lastTicked) : -1;
    const range = last < 0 ? [id] : this.found.slice(Math.min(at, last), Math.max(at, last) + 1).map((run) => run.id);
    for (const each of range)
      if (on) this.#ticks.add(each);
      else this.#ticks.delete(each);
    this.#lastTicked = id;
  }

  /** All that the filter finds, on other pages too; or none at all. */
  tickAll(on: boolean): void {
    if (!on) return this.#ticks.clear();
    for (const { id } of this.found) this.#ticks.add(id);
  }

  async removeTicked(): Promise<void> {
    for (const { id } of await this.#runs.removeAll(this.ticked)) this.#ticks.delete(id);
  }

  #matching(): readonly RunRecord[] {
    const words = this.#query.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) return this.#runs.list;
    return this.#runs.list.filter((run) => {
      const text = this.#textOf(run);
      return words.every((word) => text.includes(word));
    });
  }

  #textOf(run: RunRecord): string {
    const { name, tags = [], note = '', datasetNames } = run;
    const status = statusWords(run, this.#runs.trainedBy(run.id));
    return [name, ...tags, status, note, ...datasetNames.map(datasetNameWords)].join('\n').toLowerCase();
  }

  /** Runs of one value stay in the order of the list, the newest first. */
  #sorted(found: readonly RunRecord[]): readonly RunRecord[] {
    const { key, down } = this.sort;
    const { value } = columnOf(key);
    const values = new Map(found.map((run) => [run.id, value(run, this.#runs.trainedBy(run.id))]));
    return found.toSorted((a, b) => compared(values.get(a.id), values.get(b.id), down));
  }

  /** The baseline is always among them, and the first. */
  #drawnOf(): readonly RunRecord[] {
    const { baseline, ticked, rows } = this;
    const first = baseline ? [baseline] : [];
    const chosen = ticked.length > 0 ? ticked : rows.slice(0, DRAWN_UNTICKED - first.length);
    const all = [...first, ...chosen.filter((run) => run !== baseline)];
    return all.filter(({ status }) => status !== 'imported');
  }

  #keep(change: Partial<Kept>): void {
    this.#kept = { ...this.#kept, ...change };
    this.#keeper.write(JSON.stringify(this.#kept));
  }
}

/** Names as people order them: 2 before 10. */
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

function compared(a: Sortable, b: Sortable, down: boolean): number {
  if (isNothing(a) || isNothing(b)) return Number(isNothing(a)) - Number(isNothing(b));
  const order = typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b));
  return down ? -order : order;
}

const isNothing = (value: Sortable): boolean =>
  value === undefined || value === '' || (typeof value === 'number' && Number.isNaN(value));

/** What an earlier visit kept, as far as this version knows it. */
function keptIn(text: string | undefined): Kept {
  let kept: Partial<Kept> = {};
  try {
    kept = (JSON.parse(text ?? '{}') ?? {}) as Partial<Kept>;
  } catch {
    // Not ours: the first choices stand.
  }
  const { sort, columns, measure, axis, baseline } = kept;
  return {
    sort: sort && isColumn(sort.key) ? { key: sort.key, down: sort.down } : FIRST.sort,
    columns: Array.isArray(columns) ? columns.filter(isColumn) : FIRST.columns,
    measure: typeof measure === 'string' ? measure : FIRST.measure,
    axis: X_AXES.find((known) => known === axis) ?? FIRST.axis,
    baseline: typeof baseline === 'string' ? baseline : undefined,
  };
}

// The recipe that a person works on: its steps and all its states, what was found in the rows, what the steps would do,
// and the version that is being made.
import { asAtelierError, type AtelierError } from '../../../../base/errors/errors';
import type { DatasetRecord } from '../../../../base/records/dataset';
import type { Id } from '../../../../base/records/named';
import type {
  ModelAsking,
  Recipe,
  RecipeDeed,
  RecipeRecord,
  RecipeStep,
  StepSettings,
} from '../../../../base/records/recipe';
import type { CleanFindings, EditableRow, RecipePreview, StepFacts } from '../../../../base/wire/recipes';
import { Job } from '../../../state/job.svelte';
import type { Workers } from '../../../state/workers';
import { changeIn } from '../Rows/rowChanges';

/** Larger data is looked at when it is asked for. */
const MOST_UNASKED = 8_000_000;

const MODEL_ROWS = 'model-rows';

type CleaningWorld = Pick<Workers, 'data'>;

const isFilled = (value: unknown): boolean => Array.isArray(value) && value.length > 0;

const begun = (id: Id): RecipeRecord => ({ id, states: [{ deed: 'begun', from: 0, steps: [] }], at: 0 });

/** Steps that are made where the rows are seen: they have nothing to be set. */
export const MADE_ON_ROWS: ReadonlySet<string> = new Set(['edit', 'leave-out', 'labels', MODEL_ROWS]);

export class Cleaning {
  readonly #world: CleaningWorld;
  #record = $state.raw<RecipeRecord>();
  #dataset = $state.raw<DatasetRecord>();
  kinds = $state.raw<readonly StepFacts[]>([]);
  findings = $state.raw<CleanFindings>();
  #previewed = $state.raw<{ of: readonly RecipeStep[]; preview: RecipePreview }>();
  /** Why the recipe could not be read or kept. */
  error = $state.raw<AtelierError>();
  /** Columns that an opened recipe needs and these rows lack. */
  lacking = $state.raw<readonly string[]>([]);
  looking = $state.raw(new Job());
  previewing = $state.raw(new Job());
  readonly making = new Job();

  states = $derived(this.#record?.states ?? []);
  at = $derived(this.#record?.at ?? 0);
  steps = $derived(this.states[this.at]?.steps ?? []);
  loaded = $derived(this.#record !== undefined);
  /** What the steps do; undefined where they were not counted since they changed. */
  preview = $derived(this.#previewed?.of === this.steps ? this.#previewed.preview : undefined);
  /** Too many rows to look at unasked. */
  large = $derived((this.#dataset?.bytes ?? 0) > MOST_UNASKED);

  constructor(world: CleaningWorld) {
    this.#world = world;
  }

  /**
   * Opens the recipe of a dataset, and looks through the rows where they are few.
   * @param look false where nobody asks what steps would find
   */
  async open(dataset: DatasetRecord, { look = true } = {}): Promise<void> {
    if (this.#dataset?.id === dataset.id && this.loaded) {
      if (look && !this.findings && !this.large && !this.looking.running) void this.look();
      return;
    }
    this.looking.cancel();
    this.previewing.cancel();
    this.#dataset = dataset;
    [this.#record, this.findings, this.#previewed, this.error, this.lacking] = [
      undefined,
      undefined,
      undefined,
      undefined,
      [],
    ];
    try {
      const [kinds, record] = await Promise.all([
        this.#world.data.cleanSteps(),
        this.#world.data.readRecipe(dataset.id),
      ]);
      if (this.#dataset !== dataset) return;
      this.kinds = kinds;
      this.#record = record ?? begun(dataset.id);
      if (look && !this.large) void this.look();
      this.#countUnasked();
    } catch (thrown) {
      this.error = asAtelierError(thrown);
    }
  }

  /** Looks for what each step would find. */
  async look(): Promise<void> {
    const dataset = this.#dataset;
    if (!dataset) return;
    const job = (this.looking = new Job());
    const found = await job.run((...reporting) => this.#world.data.cleanFindings(dataset.id, ...reporting));
    if (found && this.#dataset === dataset) this.findings = found;
  }

  /** Counts what the steps do, in place of an earlier count. */
  async count(): Promise<void> {
    this.previewing.cancel();
    const [dataset, of] = [this.#dataset, this.steps];
    if (!dataset) return;
    const job = (this.previewing = new Job());
    const request = { datasetId: dataset.id, recipe: this.recipe() };
    const preview = await job.run((...reporting) => this.#world.data.previewRecipe(request, ...reporting));
    if (preview) this.#previewed = { of, preview };
  }

  recipe(): Recipe {
    return { format: 'atelier-recipe', version: 1, steps: this.steps };
  }

  factsOf(kind: string): StepFacts | undefined {
    return this.kinds.find((facts) => facts.kind === kind);
  }

  /** Adds a step before those that must come last in every recipe: the split, and changes by hand. */
  add(kind: string, patch: Partial<Pick<RecipeStep, 'settings' | 'filter'>> = {}): void {
    const defaults = this.factsOf(kind)?.defaults ?? {};
    const { settings, ...rest } = patch;
    const step: RecipeStep = {
      id: crypto.randomUUID(),
      kind,
      on: true,
      settings: { ...defaults, ...settings },
      ...rest,
    };
    const order = (of: string): number => this.kinds.findIndex((facts) => facts.kind === of);
    const place = this.steps.findLastIndex((other) => order(other.kind) <= order(kind)) + 1;
    this.#do('added', this.steps.toSpliced(place, 0, step), kind);
  }

  remove({ id, kind }: RecipeStep): void {
    this.#do('removed', this.steps.filter((step) => step.id !== id), kind); // prettier-ignore
  }

  move({ id, kind }: RecipeStep, by: 1 | -1): void {
    const from = this.steps.findIndex((step) => step.id === id);
    const [step, to] = [this.steps[from], from + by];
    if (!step || to < 0 || to >= this.steps.length) return;
    this.#do('moved', this.steps.toSpliced(from, 1).toSpliced(to, 0, step), kind);
  }

  turn(step: RecipeStep, on: boolean): void {
    this.#replace(on ? 'switched-on' : 'switched-off', { ...step, on });
  }

  set(step: RecipeStep, patch: StepSettings): void {
    this.#replace('set', { ...step, settings: { ...step.settings, ...patch } });
  }

  /** The step is for all rows from now on. */
  widen({ filter: _, ...step }: RecipeStep): void {
    this.#replace('narrowed', step);
  }

  /** Changes a row by hand, or drops it where no texts are given: in the last step, or in a new one. */
  edit({ id }: Pick<EditableRow, 'id'>, texts?: readonly string[]): void {
    const change = JSON.stringify(texts ? { id, texts } : { id });
    const last = this.steps.findLast(({ kind, on, filter }) => kind === 'edit' && on && !filter);
    const edits = (last?.settings['edits'] ?? []) as readonly string[];
    if (last)
      this.#replace('edited', {
        ...last,
        settings: { edits: [...edits.filter((text) => changeIn(text)?.[0] !== id), change] },
      });
    else this.add('edit', { settings: { edits: [change] } });
  }

  /** A step of the recipe names people. */
  get namesPeople(): boolean {
    return this.steps.some((step) => this.#secretsOf(step).some((name) => isFilled(step.settings[name])));
  }

  /** The recipe as a file. @param names With the lists of names of people */
  file(names: boolean): string {
    const plain = (step: RecipeStep): RecipeStep => {
      const kept = Object.entries(step.settings).filter(([name]) => names || !this.#secretsOf(step).includes(name));
      return { ...step, settings: Object.fromEntries(kept) };
    };
    const recipe = this.recipe();
    return `${JSON.stringify({ ...recipe, steps: recipe.steps.map(plain) }, null, 2)}\n`;
  }

  #secretsOf({ kind }: RecipeStep): readonly string[] {
    return this.factsOf(kind)?.secret ?? [];
  }

  /** The steps of a saved recipe in place of these. */
  async load(file: File): Promise<void> {
    this.error = undefined;
    try {
      const { steps } = await this.#world.data.recipeIn(await file.text(), file.name);
      const needed = await this.#world.data.columnsNeeded({ format: 'atelier-recipe', version: 1, steps });
      const here = new Set(this.findings?.columns.map(({ name }) => name));
      this.lacking = this.findings ? needed.filter((column) => !here.has(column)) : [];
      this.#do('loaded', steps.map((step) => ({ ...step, id: crypto.randomUUID() }))); // prettier-ignore
    } catch (thrown) {
      this.error = asAtelierError(thrown);
    }
  }

  /** What a model was asked for. */
  get asking(): ModelAsking | undefined {
    return this.#record?.asking;
  }

  /** Of another dataset than is open nothing is kept. */
  keepAsking(id: Id, asking: ModelAsking): void {
    if (this.#record?.id === id) this.#store({ ...this.#record, asking });
  }

  get datasetId(): Id | undefined {
    return this.#record?.id;
  }

  /** The accepted rows of a model; those that are accepted behind each other are one state, not a copy of all each. */
  setModelRows(change: (rows: readonly string[]) => readonly string[]): void {
    const last = this.steps.findLast(({ kind, on, filter }) => kind === MODEL_ROWS && on && !filter);
    const rows = change((last?.settings['rows'] ?? []) as readonly string[]);
    const before = this.states[this.at];
    if (!last) return rows.length ? this.add(MODEL_ROWS, { settings: { rows } }) : undefined;
    const steps = this.steps.map((step) => (step === last ? { ...step, settings: { rows } } : step));
    if (before?.deed !== 'accepted' || this.at + 1 !== this.states.length || !this.#record)
      return this.#do('accepted', steps, MODEL_ROWS);
    this.#keep({ ...this.#record, states: this.states.with(this.at, { ...before, steps }) });
  }

  /** Goes to a state; those before and behind it stay. */
  go(at: number): void {
    if (!this.#record || at === this.at || !this.states[at]) return;
    this.#keep({ ...this.#record, at });
  }

  get canUndo(): boolean {
    return this.at > 0;
  }

  undo(): void {
    this.go(this.states[this.at]?.from ?? 0);
  }

  /** The latest state that was made from this one. */
  get next(): number {
    return this.states.findLastIndex(({ from }, i) => i > this.at && from === this.at);
  }

  redo(): void {
    this.go(this.next);
  }

  /** Makes the version; undefined where it failed or was cancelled. */
  async make(): Promise<DatasetRecord | undefined> {
    const dataset = this.#dataset;
    if (!dataset) return undefined;
    const request = { datasetId: dataset.id, recipe: this.recipe() };
    return this.making.run((...reporting) => this.#world.data.makeVersion(request, ...reporting));
  }

  #replace(deed: RecipeDeed, next: RecipeStep): void {
    const steps = this.steps.map((step) => (step.id === next.id ? next : step));
    this.#do(deed, steps, next.kind);
  }

  /** A new state behind all there are, made from the one that counts. */
  #do(deed: RecipeDeed, steps: readonly RecipeStep[], kind?: string): void {
    if (!this.#record) return;
    const { states, at } = this.#record;
    const state = { deed, ...(kind !== undefined && { kind }), from: at, steps };
    this.#keep({ ...this.#record, states: [...states, state], at: states.length });
  }

  #keep(record: RecipeRecord): void {
    this.#store(record);
    this.#countUnasked();
  }

  #store(record: RecipeRecord): void {
    this.#record = record;
    this.#world.data.keepRecipe(record).catch((thrown: unknown) => (this.error = asAtelierError(thrown)));
  }

  #countUnasked(): void {
    this.previewing.cancel();
    if (this.steps.length && !this.large) void this.count();
  }
}

// The choices that a run starts from, with the defaults that follow from them.
import { hasEffect } from '../../base/settings/conditions';
import { defaultSettings, TRAIN_SETTINGS, type TrainSettings } from '../../base/settings/trainSettings';
import { asAtelierError, type AtelierError } from '../../base/errors/errors';
import type {
  PreflightRequest,
  PrepareRequest,
  RowLengths,
  TuningDefaults,
  TuningRequest,
} from '../../base/wire/requests';
import { canCompute, matmulRate, type MachineFacts, type PresetFit, type RunEstimate } from '../../base/wire/machine';
import type { ModelShape } from '../../base/modelShape';
import { presetNamed, type Preset, type PresetName, type ScratchFamily } from '../../base/settings/presets';
import type { CheckpointSummary } from '../../base/records/checkpoint';
import type { DatasetRecord } from '../../base/records/dataset';
import type { Id } from '../../base/records/named';
import type { RowPicks } from '../../base/records/prepared';
import type { TokenizerKind } from '../../base/tokenizerModel';
import type { TokenizerRecord } from '../../base/records/tokenizer';
import { generalOf, sampleOf } from '../../base/records/samples';
import { namedInWords } from '../words/datasetWords';
import { language } from '../words/language.svelte';
import { firstSample, onlySample, suggestedPreset, tokensAbout } from './beginnings';
import { Begins } from './begins.svelte';
import { differs, readFormDraft, type FormDraft } from './formDraft';
import { FormMix } from './formMix.svelte';
import { FormTokens } from './formTokens.svelte';
import { conflictOf, countingIn, missingOf, newTokenizer, tunedWeights, tuningRequestOf } from './formFacts';
import { estimateRequestOf, newModel, requestOn } from './formRequests';
import { fieldCounts, type NumberFieldName, type TrainMode } from './formNames';
import { SAMPLE_VOCABULARY } from './sampleSettings';
import { namesInShort, newModelName, runNameOn } from './suggestedNames';
import type { Workers } from './workers';
import type { Machine } from './machine.svelte';
import type { Models } from './models.svelte';
import type { PreflightState } from './preflight.svelte';
import type { RunsState } from './runs.svelte';

export type TokenizerChoice = `new-${TokenizerKind}` | Id;

interface TrainFormWorld extends Workers {
  preflight: PreflightState;
  machine: Machine;
  models: Models;
  runs: RunsState;
}

/**
 * The choices that a run starts from. Nothing here is computed but sums; estimates come from the GPU worker, the
 * defaults of a tuning from the data worker.
 */
export class TrainForm {
  readonly #world: TrainFormWorld;
  mode = $state<TrainMode>('scratch');
  #preset = $state<PresetName>();
  family = $state<ScratchFamily>('llama');
  datasetIds = $state.raw<readonly Id[]>([]);
  /** The texts were chosen by hand, so that one that comes in later is not chosen in their place. */
  #byHand = false;
  /** What is mixed in beside them. */
  readonly mix = new FormMix(this);
  readonly newTokens: FormTokens;
  /** All that a run reads, the main texts first. */
  readIds = $derived<readonly Id[]>([...this.datasetIds, ...this.mix.ids]);
  tokenizer = $state<TokenizerChoice>('new-bpe');
  #vocabSize = $state<number>();
  validationShare = $state(0.1);
  /** What was picked of the rows. */
  picks = $state.raw<RowPicks>({});
  /** What was changed by hand; survives another preset. */
  overrides = $state.raw<Partial<TrainSettings>>({});
  #name = $state<string>();
  #looked = $state.raw<{ of: string; id: Id }>();
  /** What was typed in fields while it is no number that they take: the field may be out of view, the run waits. */
  typed = $state.raw<Partial<Record<NumberFieldName, string>>>({});
  /** Settings that are changed were so before the page was loaded. */
  restored = $state(false);
  fromRunId = $state<Id>();
  fromCheckpointId = $state<Id>();
  #pretrainedId = $state<Id>();
  #rowLengths = $state.raw<RowLengths>();
  /** Tokens that 95 of 100 rows do not exceed, of the rows looked at. */
  rowTokens = $derived(this.#rowLengths?.percentile95);
  /** The worker's last answer on what a tuning begins with, and of which weights; shown until the next one comes. */
  #begun = $state.raw<{ of: Id; with: TuningDefaults }>();

  #datasets = $state.raw<readonly DatasetRecord[]>([]);
  datasets = $derived(this.#datasets.map(namedInWords));
  tokenizers = $state.raw<readonly TokenizerRecord[]>([]);
  checkpoints = $state.raw<readonly CheckpointSummary[]>([]);
  fits = $state.raw<readonly PresetFit[]>([]);
  machine = $state.raw<MachineFacts>();
  estimate = $state.raw<RunEstimate>();
  loadError = $state.raw<AtelierError>();
  loaded = $state(false);
  /** Readings of a run's checkpoints that are under way. */
  #readings = $state(0);
  #asked = 0;
  #measured = 0;
  #suggested = 0;
  #defaultsAsked = Promise.resolve();

  fromRun = $derived.by(() => this.#world.runs.list.find((run) => run.id === this.fromRunId));
  /** The published model that is tuned: the chosen one, or the one opened last. */
  pretrained = $derived.by(() => this.#world.models.byId(this.#pretrainedId) ?? this.#world.models.list[0]);
  /** The model whose weights are tuned, in both modes that start from some. */
  tuned = $derived(this.mode === 'pretrained' ? this.pretrained : this.mode === 'further' ? this.fromRun : undefined);
  weightsId = $derived(
    this.mode === 'pretrained' ? this.pretrained?.id : this.mode === 'further' ? this.fromCheckpointId : undefined,
  );
  /** The sample text, where it is all that was chosen; it may still have to be read. */
  sample = $derived(onlySample(this.datasetIds, this.#datasets));
  presetName = $derived<PresetName>(this.#preset ?? suggestedPreset(this.machine, this.sample));
  chosenDatasets = $derived(this.datasets.filter((d) => this.datasetIds.includes(d.id)));
  /** What the defaults of a tuning are asked with; undefined where nothing is tuned. */
  tuningRequest = $derived<TuningRequest | undefined>(
    tuningRequestOf(tunedWeights(this.mode, this.pretrained, this.fromRun), {
      datasets: this.chosenDatasets,
      trainShare: 1 - this.validationShare,
      rowLengths: this.#rowLengths,
      all: this.#datasets,
      chosen: this.overrides,
    }),
  );
  /** What the studio suggests for the weights that are tuned. */
  #tuning = $derived(this.tuned && this.#begun?.with);
  /** The preset that gives the settings: the chosen one, or the one nearest in size to the model tuned further. */
  preset = $derived<Preset>(presetNamed(this.#tuning?.preset ?? this.presetName));
  /** What the weights that are tuned further decide. */
  fixed = $derived<Partial<TrainSettings>>(this.#tuning?.fixed ?? {});
  /** What was changed by hand and counts here. */
  #counting = $derived(countingIn(this.mode, this.overrides));
  /** What the size or the tuning begins with, on any text and any machine. */
  #sized = $derived<TrainSettings>({ ...defaultSettings(), ...(this.#tuning?.settings ?? this.preset.settings) });
  /** What a sample text and the pace of this machine decide. */
  readonly begins = new Begins(() => ({
    ...{ preset: this.mode === 'scratch' ? this.preset : undefined, sample: this.sample, overrides: this.#counting },
    settings: { ...this.#sized, ...this.#counting },
    tokens: tokensAbout(this.chosenDatasets, this.chosenTokenizer?.bytesPerToken),
  }));
  defaults = $derived<TrainSettings>({ ...this.#sized, ...this.begins.settings, ...this.fixed });
  settings = $derived<TrainSettings>({ ...this.defaults, ...this.#counting, ...this.fixed });
  #usualVocabSize = $derived(this.sample ? SAMPLE_VOCABULARY : this.preset.vocabSize);
  vocabSize = $derived(this.#vocabSize ?? this.#usualVocabSize);
  vocabChanged = $derived(this.vocabSize !== this.#usualVocabSize);
  chosenTokenizer = $derived(this.tokenizers.find((t) => t.id === this.#tokenizerId()));
  name = $derived(this.#name ?? this.#suggestedName());
  model = $derived.by<ModelShape | undefined>(() =>
    this.mode === 'scratch' ? newModel(this) : this.tuned && this.newTokens.grown(this.tuned.model),
  );
  dataName = $derived(namesInShort(this.chosenDatasets));
  /** The tokens that a run would read; undefined where its texts or its tokenizer are still to be made. */
  prepareRequest = $derived<PrepareRequest | undefined>(this.#requestWith(this.chosenTokenizer?.id));
  preflightRequest = $derived<PreflightRequest | undefined>(
    this.prepareRequest && { ...this.prepareRequest, contextLength: this.settings.contextLength },
  );
  preflight = $derived.by(() => this.#world.preflight.foundIn(this.preflightRequest));
  blocked = $derived(this.preflight?.findings.some(({ level }) => level === 'block') ?? false);
  changed = $derived((Object.keys(this.overrides) as (keyof TrainSettings)[]).filter((key) => this.isChanged(key)));

  /** Choices that do not go together. */
  conflict = $derived.by(() => conflictOf(this.settings) ?? this.newTokens.fault ?? this.mix.fault);
  /** The fields whose text is no number that they take, of those that count now. */
  badFields = $derived((Object.keys(this.typed) as NumberFieldName[]).filter((name) => fieldCounts(this, name)));
  #noCheckpoint = $derived(this.mode === 'further' && this.fromCheckpointId === undefined);
  /** What is still to be chosen before anything can be said of a run. */
  missing = $derived(
    missingOf(this.mode, this.tuned !== undefined, this.datasetIds.length, this.#noCheckpoint && this.#readings === 0),
  );
  /** What a run follows from is still being read. */
  awaited = $derived.by(
    () =>
      !this.loaded ||
      this.newTokens.waiting ||
      (this.tuned !== undefined && this.#begun?.of !== this.tuned.id) ||
      (this.#noCheckpoint && this.#readings > 0),
  );
  /** Nothing that was chosen stands in the way of a run. */
  ready = $derived(
    !this.awaited &&
      !this.estimate?.refusal &&
      !this.blocked &&
      !this.conflict &&
      !this.missing &&
      this.badFields.length === 0 &&
      (this.mode === 'scratch' || this.weightsId !== undefined),
  );

  constructor(world: TrainFormWorld) {
    this.#world = world;
    this.newTokens = new FormTokens(this, world.data);
  }

  /** What a reload brings back. */
  get draft(): FormDraft {
    const { mode, family, tokenizer, validationShare, picks, overrides, typed, fromRunId, fromCheckpointId } = this;
    const datasetIds = this.#byHand ? this.datasetIds : undefined;
    const own = { preset: this.#preset, vocabSize: this.#vocabSize, name: this.#name };
    return {
      ...{ mode, family, datasetIds, mix: this.mix.texts, tokenizer, validationShare, picks, overrides, typed },
      ...{ fromRunId, fromCheckpointId, pretrainedId: this.#pretrainedId, ...own },
    };
  }

  restore(draft: FormDraft): void {
    this.mode = draft.mode;
    this.#shape(draft);
    this.#byHand = draft.datasetIds !== undefined;
    this.datasetIds = draft.datasetIds ?? [];
    this.mix.texts = draft.mix;
    this.tokenizer = draft.tokenizer;
    [this.fromRunId, this.fromCheckpointId] = [draft.fromRunId, draft.fromCheckpointId];
    this.#pretrainedId = draft.pretrainedId;
    this.restored = differs(draft);
  }

  /** Settings, sizes and name as the studio suggests them; texts and weights stay chosen. */
  toDefaults(): void {
    this.#shape(readFormDraft(undefined));
  }

  #shape({ preset, family, vocabSize, validationShare, picks, overrides, typed, name }: FormDraft): void {
    [this.#preset, this.family, this.#vocabSize, this.validationShare] = [preset, family, vocabSize, validationShare];
    [this.picks, this.overrides, this.typed] = [picks, overrides, typed];
    this.setName(name ?? '');
    this.restored = false;
  }

  /** Reads what there is to choose from; the newest text is chosen where none was. */
  async load(): Promise<void> {
    try {
      await Promise.all([this.#readLists(), this.#world.runs.connect(), this.#world.models.load()]);
      await this.#loadMachine();
    } catch (thrown) {
      this.loadError = asAtelierError(thrown);
    } finally {
      this.loaded = true;
    }
  }

  /** The lists again: any tab may have changed them. */
  async reread(): Promise<void> {
    if (this.loaded) await this.#readLists().catch((thrown: unknown) => (this.loadError = asAtelierError(thrown)));
  }

  /** What is chosen and no longer there is left. */
  async #readLists(): Promise<void> {
    const { data } = this.#world;
    const [datasets, tokenizers] = await Promise.all([data.listDatasets(), data.listTokenizers()]);
    this.#datasets = datasets;
    this.tokenizers = tokenizers;
    const here = this.datasetIds.filter((id) => sampleOf({ source: id }) || datasets.some((d) => d.id === id));
    const newest = datasets.filter((d) => !generalOf(d)).toSorted((a, b) => b.createdAt - a.createdAt)[0];
    this.datasetIds = here.length > 0 ? here : [newest?.id ?? firstSample(language.current)];
    if (this.tokenizer !== 'new-bpe' && this.tokenizer !== 'new-characters' && !this.chosenTokenizer) {
      this.tokenizer = 'new-bpe';
    }
  }

  async #loadMachine(): Promise<void> {
    [this.machine, this.fits] = await Promise.all([this.#world.gpu.machine(), this.#world.gpu.fits(this.family)]);
    const unmeasured = canCompute(this.machine) && matmulRate(this.machine) === undefined;
    if (!unmeasured || this.#world.runs.active) return;
    this.machine = await this.#world.gpu.measure();
    this.fits = await this.#world.gpu.fits(this.family); // with their times now
  }

  /** Only a click leads here, where the browser has no WebGPU. */
  async trainOnCpu(): Promise<void> {
    await this.#world.machine.computeOn('cpu');
    await this.#loadMachine().catch((thrown: unknown) => (this.loadError = asAtelierError(thrown)));
  }

  /** Asks for the estimate of what is chosen now; an answer that came too late is dropped. */
  async refreshEstimate(): Promise<void> {
    const asked = ++this.#asked;
    const request = estimateRequestOf(this);
    if (!request) return void (this.estimate = undefined);
    const estimate = await this.#world.gpu.estimate(request).catch(() => undefined);
    if (asked !== this.#asked) return;
    this.estimate = estimate;
    if (estimate) this.begins.paceOf(estimate);
  }

  /** Sizes from scratch are told again, which takes the worker a moment. */
  async chooseFamily(family: ScratchFamily): Promise<void> {
    this.family = family;
    const fits = await this.#world.gpu.fits(family).catch(() => []);
    if (this.family === family) this.fits = fits;
  }

  choosePreset(name: PresetName): void {
    this.#preset = name;
    this.setVocabSize(undefined);
  }

  set(key: keyof TrainSettings, value: TrainSettings[keyof TrainSettings]): void {
    this.typedIn(key, undefined);
    this.overrides = { ...this.overrides, [key]: value };
  }
  reset(key: keyof TrainSettings): void {
    this.typedIn(key, undefined);
    this.overrides = Object.fromEntries(Object.entries(this.overrides).filter(([k]) => k !== key));
  }
  /** Only weights that exist can be tuned; the rest follows from the other settings. */
  matters = (name: keyof TrainSettings): boolean =>
    (TRAIN_SETTINGS[name].group !== 'tuning' || this.mode !== 'scratch') && hasEffect(name, this.settings);
  isChanged = (key: keyof TrainSettings): boolean =>
    key in this.#counting && !(key in this.fixed) && this.#counting[key] !== this.defaults[key];

  /** These in place of all that was changed by hand. */
  setOverrides(overrides: Partial<TrainSettings>): void {
    this.typed = {};
    this.overrides = overrides;
  }

  /** Keeps what is no number that the field takes; undefined when it is one again. */
  typedIn(name: NumberFieldName, text: string | undefined): void {
    const others = Object.entries(this.typed).filter(([key]) => key !== name);
    this.typed = Object.fromEntries(text === undefined ? others : [...others, [name, text]]);
  }

  setVocabSize(size: number | undefined): void {
    this.typedIn('vocabulary', undefined);
    this.#vocabSize = size;
  }
  /** As it is typed: an emptied field stays empty until it is left. */
  nameTyped(name: string): void {
    this.#name = name;
  }
  setName(name: string): void {
    this.#name = name.trim() === '' ? undefined : name;
  }

  /** A text that was just brought in is the one to train on, unless texts were chosen by hand. */
  textArrived(dataset: DatasetRecord): void {
    this.#datasets = [dataset, ...this.#datasets.filter((d) => d.id !== dataset.id)];
    if (!this.#byHand) this.datasetIds = [dataset.id];
    if (sampleOf(dataset)) this.tokenizer = 'new-bpe'; // one of another language writes it in bytes
  }

  /** Just this text. */
  chooseDataset(id: Id): void {
    this.#byHand = true;
    this.datasetIds = [id];
  }

  toggleDataset(id: Id): void {
    this.#byHand = true;
    const without = this.datasetIds.filter((other) => other !== id);
    this.datasetIds = without.length < this.datasetIds.length ? without : [...without, id];
  }

  /** Chooses a run, and of it the checkpoint asked for, the best or the newest. */
  async tuneFurther(runId: Id, checkpointId?: Id): Promise<void> {
    this.mode = 'further';
    this.fromRunId = runId;
    this.fromCheckpointId = checkpointId;
    this.#readings++;
    try {
      const checkpoints = await this.#world.data.listCheckpoints(runId);
      if (this.fromRunId !== runId) return;
      this.checkpoints = checkpoints.toSorted((a, b) => b.step - a.step);
      this.fromCheckpointId ??= (checkpoints.find((c) => c.best) ?? this.checkpoints[0])?.id;
    } finally {
      this.#readings--;
    }
  }

  /** Chooses the published model to tune; its tokenizer came with it. */
  async tunePretrained(id: Id | undefined): Promise<void> {
    this.mode = 'pretrained';
    this.#pretrainedId = id;
    this.tokenizers = await this.#world.data.listTokenizers();
  }

  /** A sample, read into storage, takes the place of the choice that stood for it. */
  sampleRead(read: DatasetRecord): void {
    this.#datasets = [read, ...this.#datasets.filter((d) => d.id !== read.id)];
    this.datasetIds = [...new Set(this.datasetIds.map((id) => (id === read.source ? read.id : id)))];
  }

  /** A tokenizer made for a run is the chosen one from here on; one with new tokens is found by these. */
  tokenizerMade(made: TokenizerRecord): void {
    this.tokenizers = [made, ...this.tokenizers];
    if (!made.extended) this.tokenizer = made.id;
  }

  requestFor(datasetIds: readonly Id[], tokenizerId: Id): PrepareRequest {
    return requestOn(this, datasetIds, tokenizerId);
  }

  /** One that was made to look at rows, of a choice that stays as it is; `of` says which, as `newTokenizer` does. */
  tokenizerLooked(made: TokenizerRecord, of: string): void {
    this.tokenizers = [made, ...this.tokenizers];
    this.#looked = { of, id: made.id };
  }

  #requestWith(tokenizerId: Id | undefined): PrepareRequest | undefined {
    const here = this.datasetIds.length > 0 && !this.datasetIds.some((id) => sampleOf({ source: id }));
    return here && tokenizerId !== undefined ? this.requestFor(this.readIds, tokenizerId) : undefined;
  }

  #tokenizerId(): Id {
    const { texts, tokenizer } = this.newTokens;
    if (texts.length > 0) return tokenizer?.id ?? '';
    if (this.mode !== 'scratch') return this.tuned?.tokenizerId ?? '';
    return this.#looked?.of === newTokenizer(this) ? this.#looked.id : this.tokenizer;
  }

  /**
   * Asks the worker what the tuning that is chosen now begins with. The last answer is shown until the new one comes;
   * one that came too late is dropped.
   */
  refreshDefaults(): Promise<void> {
    return (this.#defaultsAsked = this.#refreshDefaults());
  }

  async #refreshDefaults(): Promise<void> {
    const asked = ++this.#suggested;
    const { tuningRequest, tuned } = this;
    if (!tuningRequest || !tuned) return;
    try {
      const answer = await this.#world.data.tuningDefaults(tuningRequest);
      if (asked === this.#suggested) this.#begun = { of: tuned.id, with: answer };
    } catch (thrown) {
      this.loadError = asAtelierError(thrown);
    }
  }

  /** Settles when the settings are those of the choices: a click may come before the worker's answer. */
  get settled(): Promise<void> {
    return this.#defaultsAsked;
  }

  /** Looks at the first rows of the chosen texts, as this model's tokenizer cuts them: what the context should hold. */
  async refreshRowTokens(): Promise<void> {
    const asked = ++this.#measured;
    // with the tokenizer of the model: that of new tokens may still have to be made
    const request = this.mode === 'scratch' ? undefined : this.#requestWith(this.tuned?.tokenizerId);
    const lengths = request && (await this.#world.data.rowLengths(request).catch(() => undefined));
    if (asked === this.#measured) this.#rowLengths = lengths;
  }

  #suggestedName(): string {
    const base = this.mode === 'scratch' ? newModelName(this.family, this.presetName) : (this.tuned?.name ?? '');
    return runNameOn(base, this.dataName, this.#world.runs.list);
  }
}

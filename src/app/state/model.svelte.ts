import { defaultConfig, type TrainConfig } from '../../base/config';
import { asAtelierError, AtelierError } from '../../base/errors/errors';
import type { OnProgress } from '../../base/events';
import type { PreflightRequest, PrepareRequest, RunRequest } from '../../base/requests';
import { canCompute, matmulRate, type MachineFacts, type PresetFit, type RunEstimate } from '../../base/machine';
import { parameterCount, type ModelConfig } from '../../base/modelConfig';
import { modelOf, presetNamed, type Preset, type PresetName, type ScratchFamily } from '../../base/presets';
import type {
  CheckpointSummary,
  DatasetRecord,
  Id,
  ModelRecord,
  RunRecord,
  TokenizerKind,
  TokenizerRecord,
} from '../../base/records';
import { data, gpu } from '../remote';
import { namedInWords } from '../words/datasetWords';
import { m } from '../words/generated/messages.js';
import { FAMILIES } from '../words/modelWords';
import { checks } from './checks.svelte';
import { machine } from './machine.svelte';
import { models } from './models.svelte';
import { runs } from './run.svelte';
import { Task } from './task.svelte';
import { fixedSettings, meanOf, nearestPreset, percentile95, taskFor, taskOf, tuningDefaults } from './tuningDefaults';

/** The sample text, before it has been read into storage. */
export const STARTER = 'starter';
export type StartStage = 'text' | 'tokenizer' | 'check' | 'tokens' | 'measure' | 'step' | 'start';
/** A new model, a published one that is tuned, or a run that goes on. */
export type ModelMode = 'scratch' | 'published' | 'further';
export type TokenizerChoice = `new-${TokenizerKind}` | Id;

/** Characters decide their own number; until then the estimate counts with this many. */
const CHARACTERS_ASSUMED = 512;
/** What a further tuning's rate is of the preset's: the weights are good already, a full rate would undo them. */
const FURTHER_RATE = 0.1;

/** The choices that a run starts from. Nothing here is computed but sums; estimates come from the GPU worker. */
export class ModelForm {
  mode = $state<ModelMode>('scratch');
  #preset = $state<PresetName>();
  family = $state<ScratchFamily>('llama');
  datasetIds = $state.raw<readonly Id[]>([]);
  tokenizer = $state<TokenizerChoice>('new-bpe');
  #vocabSize = $state<number>();
  validationShare = $state(0.1);
  /** What was changed by hand; survives another preset. */
  overrides = $state.raw<Partial<TrainConfig>>({});
  #name = $state<string>();
  fromRunId = $state<Id>();
  fromCheckpointId = $state<Id>();
  #publishedId = $state<Id>();
  /** Tokens that 95 of 100 rows do not exceed, of the rows looked at; and their mean. */
  rowTokens = $state<number>();
  #meanTokens = $state<number>();

  #datasets = $state.raw<readonly DatasetRecord[]>([]);
  datasets = $derived(this.#datasets.map(namedInWords));
  tokenizers = $state.raw<readonly TokenizerRecord[]>([]);
  checkpoints = $state.raw<readonly CheckpointSummary[]>([]);
  fits = $state.raw<readonly PresetFit[]>([]);
  machine = $state.raw<MachineFacts>();
  estimate = $state.raw<RunEstimate>();
  loadError = $state.raw<AtelierError>();
  loaded = $state(false);
  stage = $state<StartStage>();
  readonly task = new Task();
  #asked = 0;
  #measured = 0;

  fromRun = $derived(runs.list.find((run) => run.id === this.fromRunId));
  /** The published model that is tuned: the chosen one, or the one opened last. */
  published = $derived(models.byId(this.#publishedId) ?? models.list[0]);
  /** The model whose weights are tuned, in both modes that start from some. */
  tuned = $derived(this.mode === 'published' ? this.published : this.mode === 'further' ? this.fromRun : undefined);
  weightsId = $derived(
    this.mode === 'published' ? this.published?.id : this.mode === 'further' ? this.fromCheckpointId : undefined,
  );
  /** Where the GPU is software, the smallest size is the one that shows something within a minute; on the CPU, the next. */
  presetName = $derived<PresetName>(this.#preset ?? this.#suggestedPreset());
  /** The preset that gives the settings: the chosen one, or the one nearest in size to the model tuned further. */
  preset = $derived<Preset>(this.tuned ? nearestPreset(this.tuned.model) : presetNamed(this.presetName));
  /** What the weights that are tuned further decide. */
  fixed = $derived<Partial<TrainConfig>>(this.mode === 'further' && this.fromRun ? fixedSettings(this.fromRun) : {});
  defaults = $derived<TrainConfig>({
    ...defaultConfig(),
    ...this.preset.config,
    ...this.#tuningDefaults(),
    ...this.fixed,
  });
  config = $derived<TrainConfig>({ ...this.defaults, ...this.overrides, ...this.fixed });
  vocabSize = $derived(this.#vocabSize ?? this.preset.vocabSize);
  chosenTokenizer = $derived(this.tokenizers.find((t) => t.id === this.#tokenizerId()));
  name = $derived(this.#name ?? this.#suggestedName());
  model = $derived<ModelConfig | undefined>(this.#model());
  chosenDatasets = $derived(this.datasets.filter((d) => this.datasetIds.includes(d.id)));
  /** What all chosen texts allow to learn from. */
  taskOfData = $derived(taskOf(this.chosenDatasets));
  /** The tokens that a run would read; undefined where its texts or its tokenizer are still to be made. */
  prepareRequest = $derived<PrepareRequest | undefined>(this.#prepareRequest());
  preflightRequest = $derived<PreflightRequest | undefined>(
    this.prepareRequest && { ...this.prepareRequest, contextLength: this.config.contextLength },
  );
  preflight = $derived(checks.foundIn(this.preflightRequest));
  blocked = $derived(this.preflight?.findings.some(({ level }) => level === 'block') ?? false);
  changed = $derived((Object.keys(this.overrides) as (keyof TrainConfig)[]).filter((key) => this.isChanged(key)));

  /** Settings that do not go together. */
  conflict = $derived(
    this.config.task === 'dpo' && this.config.method === 'full' ? new AtelierError('dpo-needs-adapter') : undefined,
  );

  canStart = $derived(
    this.loaded &&
      !this.task.running &&
      !runs.active &&
      !this.estimate?.refusal &&
      !this.blocked &&
      !this.conflict &&
      this.datasetIds.length > 0 &&
      (this.mode === 'scratch' || this.weightsId !== undefined),
  );

  /** Reads what there is to choose from; the newest text is chosen where none was. */
  async load(): Promise<void> {
    try {
      const [datasets, tokenizers] = await Promise.all([
        data.listDatasets(),
        data.listTokenizers(),
        runs.connect(),
        models.load(),
      ]);
      this.#datasets = datasets;
      this.tokenizers = tokenizers;
      const here = this.datasetIds.filter((id) => id === STARTER || datasets.some((d) => d.id === id));
      const newest = datasets.toSorted((a, b) => b.createdAt - a.createdAt)[0];
      this.datasetIds = here.length > 0 ? here : [newest?.id ?? STARTER];
      if (this.tokenizer !== 'new-bpe' && this.tokenizer !== 'new-characters' && !this.chosenTokenizer) {
        this.tokenizer = 'new-bpe';
      }
      await this.#loadMachine();
    } catch (thrown) {
      this.loadError = asAtelierError(thrown);
    } finally {
      this.loaded = true;
    }
  }

  async #loadMachine(): Promise<void> {
    [this.machine, this.fits] = await Promise.all([gpu.machine(), gpu.fits(this.family)]);
    const unmeasured = canCompute(this.machine) && matmulRate(this.machine) === undefined;
    if (unmeasured && !runs.active) this.machine = await gpu.measure();
  }

  /** Only a click leads here, where the browser has no WebGPU. */
  async trainOnCpu(): Promise<void> {
    await machine.computeOn('cpu');
    await this.#loadMachine().catch((thrown: unknown) => (this.loadError = asAtelierError(thrown)));
  }

  /** Asks for the estimate of what is chosen now; an answer that came too late is dropped. */
  async refreshEstimate(): Promise<void> {
    const asked = ++this.#asked;
    const { model, config } = this;
    if (!model) {
      this.estimate = undefined;
      return;
    }
    const prepared = this.#expected();
    const estimate = await gpu.estimate({ model, config, ...(prepared && { prepared }) }).catch(() => undefined);
    if (asked === this.#asked) this.estimate = estimate;
  }

  /** Sizes from scratch are told again, which takes the worker a moment. */
  async chooseFamily(family: ScratchFamily): Promise<void> {
    this.family = family;
    const fits = await gpu.fits(family).catch(() => []);
    if (this.family === family) this.fits = fits;
  }

  choosePreset(name: PresetName): void {
    this.#preset = name;
    this.#vocabSize = undefined;
  }

  set(key: keyof TrainConfig, value: TrainConfig[keyof TrainConfig]): void {
    this.overrides = { ...this.overrides, [key]: value };
  }
  reset(key: keyof TrainConfig): void {
    this.overrides = Object.fromEntries(Object.entries(this.overrides).filter(([k]) => k !== key));
  }
  isChanged = (key: keyof TrainConfig): boolean =>
    key in this.overrides && !(key in this.fixed) && this.overrides[key] !== this.defaults[key];

  setVocabSize(size: number | undefined): void {
    this.#vocabSize = size;
  }
  setName(name: string): void {
    this.#name = name.trim() === '' ? undefined : name;
  }

  toggleDataset(id: Id): void {
    const without = this.datasetIds.filter((other) => other !== id);
    this.datasetIds = without.length < this.datasetIds.length ? without : [...without, id];
  }

  /** Chooses a run, and of it the checkpoint asked for, the best or the newest. */
  async tuneFurther(runId: Id, checkpointId?: Id): Promise<void> {
    this.mode = 'further';
    this.fromRunId = runId;
    this.fromCheckpointId = checkpointId;
    const checkpoints = await data.listCheckpoints(runId);
    if (this.fromRunId !== runId) return;
    this.checkpoints = checkpoints.toSorted((a, b) => b.step - a.step);
    this.fromCheckpointId ??= (checkpoints.find((c) => c.best) ?? this.checkpoints[0])?.id;
  }

  /** Chooses the published model to tune; its tokenizer came with it. */
  async tunePublished(id: Id | undefined): Promise<void> {
    this.mode = 'published';
    this.#publishedId = id;
    this.tokenizers = await data.listTokenizers();
  }

  /** From the choices to a run under way: text, tokenizer, tokens, start. Each part that exists is not made again. */
  start(): Promise<RunRecord | undefined> {
    machine.keepOnce();
    return this.#doing(async (request) => {
      this.stage = 'start';
      const run = await gpu.start(request);
      this.#name = undefined;
      runs.started(run);
      return run;
    });
  }

  /** Times a step of just this run, so that the estimate of its time rests on it. */
  async measureStep(): Promise<void> {
    await this.#doing(async (request) => {
      this.stage = 'step';
      await gpu.measureStep(request);
    });
    await this.refreshEstimate();
  }

  #doing<T>(work: (request: RunRequest) => Promise<T>): Promise<T | undefined> {
    return this.task.run(async (onProgress, signal) => {
      try {
        const request = await this.#request(onProgress, signal);
        return request && (await work(request));
      } finally {
        this.stage = undefined;
      }
    });
  }

  /** What a run is asked for with, its tokens made; undefined where preflight found what blocks it. */
  async #request(onProgress: OnProgress, signal: AbortSignal): Promise<RunRequest | undefined> {
    const datasetIds = await this.#textIds(onProgress, signal);
    const tokenizer = await this.#tokenizerFor(datasetIds, onProgress, signal);
    if (this.config.task !== 'text' && (await this.#isBlocked(onProgress, signal))) return undefined;
    this.stage = 'tokens';
    const { id: preparedId } = await data.prepare(this.#requestFor(datasetIds, tokenizer.id), onProgress, signal);
    this.stage = 'measure';
    await gpu.measureOnce();
    const start = this.#startOf(tokenizer.vocabSize, this.config.contextLength);
    return { name: this.name, start, preparedId, tokenizerId: tokenizer.id, config: this.config };
  }

  /** Rows that were not looked at yet are now: nobody trains for an hour on what teaches nothing. Text has nothing that could block. */
  async #isBlocked(onProgress: OnProgress, signal: AbortSignal): Promise<boolean> {
    this.stage = 'check';
    if (this.preflightRequest) await checks.ensure(this.preflightRequest, onProgress, signal);
    return this.blocked;
  }

  #requestFor(datasetIds: readonly Id[], tokenizerId: Id): PrepareRequest {
    const { seed, task } = this.config;
    const template = task !== 'text' && this.weightsId !== undefined && { task, weightsId: this.weightsId };
    return { datasetIds: [...datasetIds], tokenizerId, seed, validationShare: this.validationShare, ...template };
  }

  #prepareRequest(): PrepareRequest | undefined {
    const here = this.datasetIds.length > 0 && !this.datasetIds.includes(STARTER);
    return here && this.chosenTokenizer ? this.#requestFor(this.datasetIds, this.chosenTokenizer.id) : undefined;
  }

  async #textIds(onProgress: OnProgress, signal: AbortSignal): Promise<Id[]> {
    if (!this.datasetIds.includes(STARTER)) return [...this.datasetIds];
    this.stage = 'text';
    const starter = await data.importStarter(onProgress, signal);
    this.#datasets = [starter, ...this.#datasets.filter((d) => d.id !== starter.id)];
    this.datasetIds = [...new Set(this.datasetIds.map((id) => (id === STARTER ? starter.id : id)))];
    return [...this.datasetIds];
  }

  async #tokenizerFor(datasetIds: Id[], onProgress: OnProgress, signal: AbortSignal): Promise<TokenizerRecord> {
    if (this.chosenTokenizer) return this.chosenTokenizer;
    this.stage = 'tokenizer';
    const kind: TokenizerKind = this.tokenizer === 'new-characters' ? 'characters' : 'bpe';
    const name = `${this.#dataName()} · ${kind === 'bpe' ? `BPE ${this.vocabSize}` : m.model_characters()}`;
    const made = await data.trainTokenizer({ name, kind, vocabSize: this.vocabSize, datasetIds }, onProgress, signal);
    this.tokenizers = [made, ...this.tokenizers];
    this.tokenizer = made.id;
    return made;
  }

  #startOf(vocabSize: number, contextLength: number): RunRequest['start'] {
    if (this.weightsId) return { kind: 'weights', weightsId: this.weightsId };
    return { kind: 'scratch', model: modelOf(this.preset, vocabSize, contextLength, this.family) };
  }

  #tokenizerId(): Id {
    return this.mode === 'scratch' ? this.tokenizer : (this.tuned?.tokenizerId ?? '');
  }

  #model(): ModelConfig | undefined {
    if (this.mode !== 'scratch') return this.tuned?.model;
    const asked = this.tokenizer === 'new-characters' ? CHARACTERS_ASSUMED : this.vocabSize;
    const vocabSize = this.chosenTokenizer?.vocabSize ?? asked;
    return modelOf(this.preset, vocabSize, this.config.contextLength, this.family);
  }

  #tuningDefaults(): Partial<TrainConfig> {
    if (this.mode === 'published' && this.published) return this.#publishedDefaults(this.published);
    if (this.mode !== 'further' || !this.fromRun) return {};
    const { lora, model, origin } = this.fromRun;
    if (lora) {
      const { precision: frozenPrecision, dropout: loraDropout } = lora;
      const parameters = parameterCount(model);
      return { ...this.#publishedDefaults({ parameters, model }, 'lora'), frozenPrecision, loraDropout };
    }
    if (origin.kind === 'model') return this.#publishedDefaults({ parameters: parameterCount(model), model }, 'full');
    // the product of a decimal and 0.1 has a long tail in binary; the setting shows what a person would write
    const learningRate = Number((this.preset.config.learningRate * FURTHER_RATE).toPrecision(3));
    // as text nothing is lost of conversations that are longer than the window of a small model
    return { learningRate, contextLength: Math.min(model.contextLength, 4096) };
  }

  /** The rate follows the method that is chosen, not only the default one. */
  #publishedDefaults(
    { parameters, model: { contextLength } }: Pick<ModelRecord, 'parameters' | 'model'>,
    method = this.overrides.method ?? 'lora',
  ): Partial<TrainConfig> {
    const { task = taskFor(this.taskOfData, method), loraRank } = this.overrides;
    const rowTokens = task === 'text' ? undefined : this.rowTokens; // text fills windows, however long its rows are
    const rows = this.chosenDatasets.reduce((sum, dataset) => sum + dataset.rows, 0) * (1 - this.validationShare);
    const tokens = this.#meanTokens && rows * this.#meanTokens;
    const facts = { parameters, contextLength, method, task, rowTokens, tokens, rows, loraRank };
    const defaults = tuningDefaults(facts);
    return { ...defaults, method: 'lora', task: taskFor(this.taskOfData, method) };
  }

  /** Looks at the first rows of the chosen texts, as this model's tokenizer cuts them: what the context should hold. */
  async refreshRowTokens(): Promise<void> {
    const asked = ++this.#measured;
    const { prepareRequest, mode } = this;
    const lengths = mode === 'scratch' || !prepareRequest ? [] : await data.rowLengths(prepareRequest).catch(() => []);
    if (asked !== this.#measured) return;
    this.rowTokens = percentile95(lengths);
    this.#meanTokens = meanOf(lengths);
  }

  /** What a run would train on: as preflight counted it, or from the bytes per token that a known tokenizer had; unknown before. */
  #expected(): { trainTokens: number; trainRows?: number } | undefined {
    if (this.preflight) return { trainTokens: this.preflight.train.tokens, trainRows: this.preflight.train.rows };
    const perToken = this.chosenTokenizer?.bytesPerToken;
    const bytes = this.chosenDatasets.reduce((sum, d) => sum + d.bytes, 0);
    return perToken && bytes > 0
      ? { trainTokens: Math.round((bytes * (1 - this.validationShare)) / perToken) }
      : undefined;
  }

  #suggestedPreset(): PresetName {
    if (this.machine?.cpu) return '0.1M';
    return this.#slow() ? '0.03M' : '0.8M';
  }

  #slow(): boolean {
    return this.machine?.webgpu.available === true && this.machine.webgpu.isFallback;
  }

  #dataName(): string {
    const [first] = this.chosenDatasets;
    return this.chosenDatasets.length > 1 ? `${first?.name} +${this.chosenDatasets.length - 1}` : (first?.name ?? '');
  }

  #suggestedName(): string {
    const fresh = this.family === 'llama' ? this.presetName : `${FAMILIES[this.family]} ${this.presetName}`;
    const base = this.mode === 'scratch' ? fresh : (this.tuned?.name ?? '');
    const text = this.#dataName();
    const name = [base, ...(base.includes(text) ? [] : [text])].join(' · ');
    const taken = new Set(runs.list.map((run) => run.name));
    if (!taken.has(name)) return name;
    for (let n = 2; ; n++) if (!taken.has(`${name} ${n}`)) return `${name} ${n}`;
  }
}

export const modelForm = new ModelForm();

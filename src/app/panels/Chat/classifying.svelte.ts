// Asking for the classes of a text: what is typed, which models are asked side by side, what they answered, and from
// which probability on a class counts. A classifier has its classes; a model that writes is held to a list of labels.
import { asAtelierError, AtelierError } from '../../../base/errors/errors';
import type { Classes } from '../../../base/modelShape';
import type { Id } from '../../../base/records/named';
import {
  defaultThresholds,
  fitThresholds,
  type Classified,
  type DatasetLabels,
  type LabelMeasure,
  type LabelsAsked,
  type Thresholds,
} from '../../../base/wire/classes';
import { ROW_SLOT } from '../../../base/wire/scoring';
import { modelChoices, weightsOf } from '../../parts/modelChoices';
import { fieldsOf, listIn, numberIn, textIn } from '../../state/drafts';
import { Job } from '../../state/job.svelte';
import type { Models } from '../../state/models.svelte';
import type { RunsState } from '../../state/runs.svelte';
import type { Workers } from '../../state/workers';
import { m } from '../../words/generated/messages.js';
import { language } from '../../words/language.svelte';
import { checkpointWords } from '../../words/runWords';
import { targetWords } from './answerWords';
import type { ChatModels } from './chatModels.svelte';

interface ClassifyingWorld extends Workers {
  chatModels: ChatModels;
  models: Models;
  runs: RunsState;
}

/** A run or a stored model, or weights of one, that can be asked. */
export interface Contender {
  value: string;
  label: string;
  detail?: string;
  /** The run or the stored model. */
  record: Id;
  /** Of a classifier. */
  classes?: Classes | undefined;
  bare?: true;
  weights(): Promise<Id | 'training'>;
}

/** What one of the models said of a text, or why it said nothing. */
export interface ClassesSide {
  name: string;
  detail: string;
  record: Id;
  classes: Classes;
  /** It is a classifier, whose thresholds are stored. */
  classifier: boolean;
  found: Classified | AtelierError;
}

/** A text with what each model that was asked said of it. */
export interface ClassifiedText {
  id: number;
  text: string;
  sides: readonly ClassesSide[];
}

/** Texts that stay in view; the newest comes first. */
const MOST = 20;
/** Models beside the chosen one. */
export const MOST_BESIDE = 3;
/** Each label is a pass of the model. */
const MOST_LABELS = 100;

export class Classifying {
  readonly #world: ClassifyingWorld;
  text = $state('');
  answers = $state.raw<readonly ClassifiedText[]>([]);
  readonly job = new Job();
  /** A model that writes is asked for labels, not to write. */
  wanted = $state(false);
  /** What was typed over what is known, one label to a line. */
  typedLabels = $state<string>();
  typedPrompt = $state<string>();
  measure = $state<LabelMeasure>('whole');
  /** Below this probability a model that writes is not sure. */
  #unsure = $state(0);
  #beside = $state.raw<readonly string[]>([]);
  /** Labels that a run was tuned to answer with, or those of a dataset. */
  #known = $state.raw<{ record: Id | undefined; labels: DatasetLabels | undefined }>();
  /** Thresholds that were just chosen, until the record says so. */
  #chosen = $state.raw<{ id: Id; thresholds: Thresholds }>();
  #asked = 0;

  #record = $derived.by(() => this.#world.chatModels.run ?? this.#world.chatModels.model);
  /** Of who is chosen in Chat; undefined for a model that writes. */
  classes = $derived.by(() => this.#record?.model.classes);
  /** The screen is about classes. */
  open = $derived.by(() => this.classes !== undefined || (this.wanted && this.#record !== undefined));
  /** Known of the chosen run, or of the dataset that a person took them from. */
  known = $derived.by(() => this.#known?.labels);
  labelText = $derived.by(() => this.typedLabels ?? (this.known?.labels ?? this.classes?.names ?? []).join('\n'));
  labels = $derived.by(() => [
    ...new Set(
      this.labelText
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean),
    ),
  ]);
  /** As the rows have asked it, else as the label queue does. */
  usualPrompt = $derived.by(() =>
    this.known?.answers
      ? ROW_SLOT
      : m.label_suggest_prompt_classes({ text: ROW_SLOT, answers: this.labels.join(', ') }),
  );
  prompt = $derived.by(() => this.typedPrompt ?? this.usualPrompt);
  contenders = $derived.by(() => this.#contenders());
  beside = $derived.by(() => this.contenders.filter(({ value }) => this.#beside.includes(value)));
  /** One of those that are asked writes, and needs labels. */
  asksForLabels = $derived.by(() => this.#all.some(({ classes }) => !classes));
  /** Why nothing can be asked yet; undefined where it can. */
  lacks = $derived.by<'weights' | 'labels' | 'many' | 'slot' | undefined>(() => {
    if (!this.#own) return 'weights';
    if (!this.asksForLabels) return undefined;
    if (this.labels.length < 2) return 'labels';
    if (this.labels.length > MOST_LABELS) return 'many';
    return this.prompt.includes(ROW_SLOT) ? undefined : 'slot';
  });
  thresholds = $derived.by<Thresholds>(() =>
    this.#record ? this.thresholdsOf(this.#record.id, this.classes ?? { names: this.labels }) : [],
  );

  constructor(world: ClassifyingWorld) {
    this.#world = world;
  }

  get draft(): object {
    const { text, wanted, typedLabels, typedPrompt, measure } = this;
    return { text, wanted, typedLabels, typedPrompt, measure, unsure: this.#unsure, beside: this.#beside };
  }

  restore(kept: unknown): void {
    const fields = fieldsOf(kept);
    this.text = textIn(fields['text']) ?? '';
    this.wanted = fields['wanted'] === true;
    this.typedLabels = textIn(fields['typedLabels']);
    this.typedPrompt = textIn(fields['typedPrompt']);
    this.measure = fields['measure'] === 'token' ? 'token' : 'whole';
    this.#unsure = numberIn(fields['unsure'], 0, 1) ?? 0;
    this.#beside = listIn(fields['beside']).slice(0, MOST_BESIDE);
  }

  /** Reads the labels that the chosen run was tuned to answer with, where it writes. */
  lookUp(): Promise<void> {
    const { run } = this.#world.chatModels;
    if (!run || this.classes || this.#known?.record === run.id) return Promise.resolve();
    return this.#learn(() => this.#world.data.learnedLabels(run.id));
  }

  /** The labels of a dataset in place of what is typed. */
  async takeFrom(datasetId: Id): Promise<void> {
    await this.#learn(async () => {
      const labels = await this.#world.data.datasetLabels(datasetId);
      this.typedLabels = this.typedPrompt = undefined;
      return labels;
    });
  }

  async #learn(read: () => Promise<DatasetLabels | undefined>): Promise<void> {
    const record = this.#record?.id;
    try {
      const labels = await read();
      if (this.#record?.id === record) this.#known = { record, labels };
    } catch (thrown) {
      this.job.error = asAtelierError(thrown);
    }
  }

  /** Another model answers beside the chosen one, or no longer. */
  setBeside(value: string, is: boolean): void {
    const others = this.beside.map((contender) => contender.value).filter((other) => other !== value);
    this.#beside = is ? [...others, value].slice(-MOST_BESIDE) : others;
  }

  /** Asks each model for the classes of what is typed, one after the other. */
  async ask(): Promise<void> {
    const text = this.text.trim();
    if (this.lacks || text === '') return;
    const all = this.#all;
    const sides = await this.job.run(async (_progress, signal) => {
      const told: ClassesSide[] = [];
      for (const contender of all) told.push(await this.#side(contender, text, signal));
      const errors = told.map(({ found }) => found).filter((found) => found instanceof AtelierError);
      if (errors[0] && errors.length === told.length) throw errors[0];
      return told;
    });
    if (sides) this.answers = [{ id: ++this.#asked, text, sides }, ...this.answers].slice(0, MOST);
  }

  /** Stored with a classifier, and exports take it along; of a model that writes it is this screen's. */
  async setThresholds(thresholds: Thresholds): Promise<void> {
    const record = this.#record;
    if (!record) return;
    if (!this.classes) return void (this.#unsure = thresholds[0] ?? 0);
    this.#chosen = { id: record.id, thresholds };
    try {
      await this.#world.data.keepThresholds(record.id, [...thresholds]);
      await (this.#world.chatModels.run ? this.#world.runs.refresh() : this.#world.models.reread());
    } catch (thrown) {
      this.job.error = asAtelierError(thrown);
    }
  }

  /** Those of a classifier, as far as they are of these classes. */
  thresholdsOf(id: Id, classes: Classes): Thresholds {
    const record = this.#world.runs.list.find((run) => run.id === id) ?? this.#world.models.byId(id);
    if (!record?.model.classes) return [this.#unsure];
    const stored = this.#chosen?.id === id ? this.#chosen.thresholds : record.thresholds;
    return stored && fitThresholds(classes, stored) ? stored : defaultThresholds(classes);
  }

  /** The chosen model and those beside it. */
  get #all(): Contender[] {
    return [...(this.#own ? [this.#own] : []), ...this.beside];
  }

  get #own(): Contender | undefined {
    const { target } = this.#world.chatModels;
    const record = this.#record;
    if (!record || target === undefined) return undefined;
    const detail = targetWords(this.#world.chatModels);
    const { id, name: label, model } = record;
    return { value: id, label, detail, record: id, classes: model.classes, weights: () => Promise.resolve(target) };
  }

  /** The base of the chosen adapter, its other checkpoints, and every other model or run. */
  #contenders(): Contender[] {
    const { run, target, checkpoints } = this.#world.chatModels;
    const { models, runs, data } = this.#world;
    const given = (id: Id | 'training') => () => Promise.resolve(id);
    const own = run && { record: run.id, classes: run.model.classes, label: run.name };
    const { lora } = run ?? {};
    const base = lora && own && !own.classes && target && { ...own, label: lora.baseName, weights: given(target) };
    return [
      ...(base ? [{ ...base, value: 'bare', detail: m.chat_bare(), bare: true as const }] : []),
      ...(own ? checkpoints : [])
        .filter(({ id }) => id !== target)
        .map((one) => ({ ...own!, value: one.id, detail: checkpointWords(one), weights: given(one.id) })),
      ...modelChoices(models.list, runs.list)
        .filter(({ value }) => value !== this.#record?.id)
        .map((choice) => {
          const { value, label, classes } = choice;
          return { value, label, record: value, classes, weights: () => weightsOf(data, choice) };
        }),
    ];
  }

  async #side(contender: Contender, text: string, signal: AbortSignal): Promise<ClassesSide> {
    const { label: name, detail = '', record, classes, bare } = contender;
    const side = {
      name,
      detail,
      record,
      classes: classes ?? { names: this.labels },
      classifier: classes !== undefined,
    };
    try {
      const asked = classes ? {} : { asked: await this.#labelsAsked(record) };
      const weightsId = await contender.weights();
      const request = { weightsId, texts: [text], ...(bare && { bare }), ...asked };
      const { texts, step } = await this.#world.gpu.classify(request, signal);
      const at = step === undefined ? {} : { detail: m.runs_step({ step: language.format.integer(step) }) };
      return { ...side, ...at, found: texts[0]! };
    } catch (thrown) {
      const error = asAtelierError(thrown);
      if (error.code === 'cancelled') throw error;
      return { ...side, found: error };
    }
  }

  /** As in a talk where the model was tuned on talks, or the rows of the labels are some. */
  async #labelsAsked(record: Id): Promise<LabelsAsked> {
    const { labels, prompt, measure, known } = this;
    const conversational = known?.answers === true || (await this.#world.data.speaker(record)).conversational;
    return { labels, prompt, measure, conversational, ...(known?.system && { system: known.system }) };
  }
}

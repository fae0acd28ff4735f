// From the choices of the form to a run under way: text, tokenizer, check, tokens, start.
import type { OnProgress } from '../../../base/wire/events';
import { modelOf } from '../../../base/settings/presets';
import type { Id } from '../../../base/records/named';
import type { RunRecord } from '../../../base/records/run';
import type { TokenizerKind } from '../../../base/tokenizerModel';
import type { TokenizerRecord } from '../../../base/records/tokenizer';
import type { RunRequest } from '../../../base/wire/requests';
import { m } from '../../words/generated/messages.js';
import { sampleOf } from '../../../base/records/samples';
import type { TrainForm } from '../../state/trainForm.svelte';
import { newTokenizer } from '../../state/formFacts';
import { newModelName, unusedName } from '../../state/suggestedNames';
import { Job } from '../../state/job.svelte';
import type { Workers } from '../../state/workers';
import type { Machine } from '../../state/machine.svelte';
import type { PreflightState } from '../../state/preflight.svelte';
import type { RunQueueState } from '../../state/runQueue.svelte';
import type { RunsState } from '../../state/runs.svelte';

export type StartStage = 'text' | 'tokenizer' | 'check' | 'tokens' | 'measure' | 'step' | 'start';

interface RunStartWorld extends Workers {
  form: TrainForm;
  machine: Pick<Machine, 'keepOnce'>;
  preflight: PreflightState;
  runs: RunsState;
  queue: Pick<RunQueueState, 'takesStart' | 'entries' | 'add'>;
}

/** From the choices to a run under way: text, tokenizer, tokens, start. Each part that exists is not made again. */
export class RunStart {
  readonly #world: RunStartWorld;
  stage = $state<StartStage>();
  readonly task = new Job();
  /** The start was asked for while what it follows from was still being read; it is carried out once that is here. */
  wanted = $state(false);

  constructor(world: RunStartWorld) {
    this.#world = world;
  }

  get can(): boolean {
    return this.canQueue && (this.#world.queue.takesStart || !this.#world.runs.active);
  }

  /** Whether a run can be added to the queue. */
  get canQueue(): boolean {
    return this.#world.form.ready && !this.task.running;
  }

  /** Nothing but what is still being read keeps a run from its start. */
  get waits(): boolean {
    const { form, queue, runs } = this.#world;
    return form.awaited && !this.task.running && (queue.takesStart || !runs.active);
  }

  /** Undefined where it could not be started, or waits in the queue. */
  async start(): Promise<RunRecord | undefined> {
    if (this.#world.queue.takesStart) return void (await this.queue());
    return this.#start();
  }

  /** Adds a run of these choices to the queue: all that it reads is made now, and nothing changes it from here on. */
  async queue(): Promise<void> {
    this.#world.machine.keepOnce();
    await this.#doing(async (request) => {
      const { form, queue, runs } = this.#world;
      const paced = runs.active ? request : await this.#paced(request); // a measurement would slow the run
      this.stage = 'start';
      const name = unusedName(request.name, [...runs.list, ...queue.entries]);
      const modelName = form.mode === 'scratch' ? newModelName(form.family, form.presetName) : (form.tuned?.name ?? '');
      await queue.add([{ name, modelName, dataName: form.dataName, request: { ...paced, name } }]);
      form.setName('');
    });
  }

  #start(): Promise<RunRecord | undefined> {
    this.#world.machine.keepOnce();
    return this.#doing(async (request) => {
      const paced = await this.#paced(request);
      this.stage = 'start';
      const run = await this.#world.gpu.start(paced);
      this.#world.form.setName('');
      this.#world.runs.started(run);
      return run;
    });
  }

  /** Times a step of just this run, so that the estimate of its time rests on it. */
  async measureStep(): Promise<void> {
    await this.#doing(async (request) => {
      await this.#measurePace(request);
    });
  }

  /**
   * Reads the text and makes the tokenizer, as a run would, so that its rows can be looked at before it starts. Models
   * that are tuned bring theirs.
   */
  async readTexts(): Promise<void> {
    if (!this.#world.form.loaded) return; // the tokenizer that is chosen may still be read
    await this.task.run(async (onProgress, signal) => {
      try {
        const { form } = this.#world;
        const datasetIds = await this.#textIds(onProgress, signal);
        if (form.newTokens.request) return void (await this.#tokenizerFor(datasetIds, onProgress, signal));
        if (form.chosenTokenizer || form.mode !== 'scratch') return;
        const of = newTokenizer(form);
        form.tokenizerLooked(await this.#makeTokenizer(datasetIds, onProgress, signal), of);
      } finally {
        this.stage = undefined;
      }
    });
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
    const form = this.#world.form;
    await form.settled;
    const datasetIds = await this.#textIds(onProgress, signal);
    const tokenizer = await this.#tokenizerFor(datasetIds, onProgress, signal);
    if (form.settings.task !== 'text' && (await this.#isBlocked(onProgress, signal))) return undefined;
    this.stage = 'tokens';
    const { id: preparedId } = await this.#world.data.prepare(
      form.requestFor(datasetIds, tokenizer.id),
      onProgress,
      signal,
    );
    this.stage = 'measure';
    await this.#world.gpu.measureOnce();
    const start = this.#startOf(tokenizer.vocabSize);
    const defaults = Object.fromEntries(form.changed.map((key) => [key, form.defaults[key]]));
    const { name, settings, mix } = form;
    return { name, start, preparedId, ...mix.asked, tokenizerId: tokenizer.id, settings, defaults };
  }

  /** How many steps fill the time is known once a step of such a model was timed here. */
  async #paced(request: RunRequest): Promise<RunRequest> {
    const { form } = this.#world;
    if (!form.begins.byTime || !form.begins.paceMatters || form.estimate?.measured) return request;
    await this.#measurePace(request);
    return { ...request, settings: form.settings };
  }

  async #measurePace(request: RunRequest): Promise<void> {
    this.stage = 'step';
    await this.#world.gpu.measureStep(request);
    await this.#world.form.refreshEstimate();
  }

  /**
   * Rows that were not looked at yet are now: nobody trains for an hour on what teaches nothing. Text has nothing that
   * could block.
   */
  async #isBlocked(onProgress: OnProgress, signal: AbortSignal): Promise<boolean> {
    this.stage = 'check';
    const { preflightRequest } = this.#world.form;
    if (preflightRequest) await this.#world.preflight.ensure(preflightRequest, onProgress, signal);
    return this.#world.form.blocked;
  }

  async #textIds(onProgress: OnProgress, signal: AbortSignal): Promise<Id[]> {
    for (const id of this.#world.form.datasetIds) {
      const name = sampleOf({ source: id });
      if (!name) continue;
      this.stage = 'text';
      this.#world.form.sampleRead(await this.#world.data.importSample(name, onProgress, signal));
    }
    return [...this.#world.form.readIds];
  }

  async #tokenizerFor(datasetIds: Id[], onProgress: OnProgress, signal: AbortSignal): Promise<TokenizerRecord> {
    const form = this.#world.form;
    if (form.chosenTokenizer) return form.chosenTokenizer;
    const { request } = form.newTokens;
    const made = request
      ? await this.#world.data.extendTokenizer(request)
      : await this.#makeTokenizer(datasetIds, onProgress, signal);
    form.tokenizerMade(made);
    return made;
  }

  async #makeTokenizer(datasetIds: Id[], onProgress: OnProgress, signal: AbortSignal): Promise<TokenizerRecord> {
    this.stage = 'tokenizer';
    const { form } = this.#world;
    const { vocabSize } = form;
    const kind: TokenizerKind = form.tokenizer === 'new-characters' ? 'characters' : 'bpe';
    const name = `${form.dataName} · ${kind === 'bpe' ? `BPE ${vocabSize}` : m.model_characters()}`;
    return this.#world.data.trainTokenizer({ name, kind, vocabSize, datasetIds }, onProgress, signal);
  }

  #startOf(vocabSize: number): RunRequest['start'] {
    const { weightsId, preset, settings, family } = this.#world.form;
    if (weightsId) return { kind: 'weights', weightsId };
    return { kind: 'scratch', model: modelOf(preset, vocabSize, settings.contextLength, family) };
  }
}

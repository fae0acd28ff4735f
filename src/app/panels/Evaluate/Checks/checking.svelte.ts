// A regression set on the page: answers are written one after the other, each stored at once; what they come to is
// made by the data worker. At the end of a run the sets that ask for it are checked by themselves.
import { asAtelierError, throwIfCancelled, type AtelierError } from '../../../../base/errors/errors';
import { CHECK_SEED, type CheckedModel } from '../../../../base/records/checks';
import { DEFAULT_SAMPLING } from '../../../../base/chat';
import type { BlindAnswer } from '../../../../base/records/judging';
import type { Id } from '../../../../base/records/named';
import type { RunRecord } from '../../../../base/records/run';
import type { CheckFile, CheckImport, CheckSetView, NextCheck } from '../../../../base/wire/checks';
import type { OnProgress } from '../../../../base/wire/events';
import { language } from '../../../words/language.svelte';
import { m } from '../../../words/generated/messages.js';
import type { CheckSets } from '../../../state/checkSets.svelte';
import { Job } from '../../../state/job.svelte';
import type { RunsState } from '../../../state/runs.svelte';
import type { Toasts } from '../../../state/toasts.svelte';
import type { UndoableEdits } from '../../../state/undoableEdits';
import type { Workers } from '../../../state/workers';
import { modelsOfRun } from './checkedModels';

interface CheckingWorld extends Workers {
  edits: UndoableEdits;
  toasts: Toasts;
  runs: Pick<RunsState, 'list' | 'activeId'>;
  sets: CheckSets;
}

/** Codes that speak of the prompt, not of the machine: the other checks can still be asked. */
const OF_PROMPT = /^(?:chat-too-long|template-)/;
/** A run that ended so has a model to check. */
const ENDED: readonly RunRecord['status'][] = ['finished', 'stopped'];

/** What is asked in turn: a set, and the models that answer together. */
interface Asking {
  setId: Id;
  models: CheckedModel[];
  again: boolean;
}

/** The open set, and what is asked now. */
export class Checking {
  readonly #world: CheckingWorld;
  openId = $state<Id>();
  view = $state.raw<CheckSetView>();
  /** Which answerings are looked at; undefined: the newest, and the one before. */
  shown = $state<number>();
  against = $state<number>();
  error = $state.raw<AtelierError>();
  readonly asking = new Job();
  readonly filing = new Job();
  /** Who answers now. */
  askedName = $state('');
  /** The run of this page that was seen under way last. */
  #seen: Id | undefined;
  /** The latest reading: an earlier one that ends later is not shown. */
  #reading = 0;

  constructor(world: CheckingWorld) {
    this.#world = world;
  }

  async open(id: Id | undefined): Promise<void> {
    if (id !== this.openId) {
      this.view = undefined;
      this.shown = undefined;
      this.against = undefined;
      this.error = undefined;
    }
    this.openId = id;
    await this.refresh();
  }

  async refresh(): Promise<void> {
    const turn = ++this.#reading;
    const { openId: id, shown, against } = this;
    if (id === undefined) return;
    try {
      const asked = { ...(shown !== undefined && { shown }), ...(against !== undefined && { against }) };
      const view = await this.#world.data.checkSetView({ id, ...asked });
      if (turn === this.#reading) this.view = view;
    } catch (thrown) {
      if (turn === this.#reading) this.error = asAtelierError(thrown);
    }
  }

  async look(shown: number | undefined, against: number | undefined): Promise<void> {
    this.shown = shown;
    this.against = against;
    await this.refresh();
  }

  /** Asks the set of each of these models in turn. */
  async ask(setId: Id, all: readonly CheckedModel[][], again = false): Promise<void> {
    await this.asking.run(async (onProgress, signal) => {
      for (const models of all) if (models.length) await this.#asked({ setId, models, again }, onProgress, signal);
    });
    await this.refresh();
  }

  /** Asks what a cancelled or failed answering left. */
  async goOn(setId: Id, n: number): Promise<void> {
    await this.asking.run((onProgress, signal) => this.#rest(setId, n, onProgress, signal));
    await this.refresh();
  }

  async #asked({ setId, models, again }: Asking, onProgress: OnProgress, signal: AbortSignal): Promise<void> {
    const n = await this.#world.data.beginChecks(setId, models, again);
    if (this.openId === setId) await this.look(undefined, undefined);
    await this.#rest(setId, n, onProgress, signal);
  }

  async #rest(setId: Id, n: number, onProgress: OnProgress, signal: AbortSignal): Promise<void> {
    const { data } = this.#world;
    for (let next = await data.nextCheck(setId, n); next; next = await data.nextCheck(setId, n)) {
      throwIfCancelled(signal);
      this.askedName = next.model.name;
      onProgress({ phase: 'writing', done: next.done, total: next.total, unit: 'rows' });
      await data.keepCheckAnswer([setId, n], next.place, await this.#answer(next, signal));
      if (this.openId === setId) await this.refresh();
    }
  }

  async #answer({ check, model, maxTokens }: NextCheck, signal: AbortSignal): Promise<BlindAnswer> {
    const { asked, beginning = '', tools } = check;
    const sampling = { ...DEFAULT_SAMPLING, temperature: 0, seed: CHECK_SEED, maxTokens };
    const request = {
      ...{ weightsId: model.weightsId, prompt: beginning, stop: [], sampling },
      ...(asked.length > 0 && { messages: asked }),
      ...(tools && { tools }),
      ...(model.bare && { bare: model.bare }),
    };
    try {
      const { text, tokens } = await this.#world.gpu.generate(request, () => undefined, signal);
      throwIfCancelled(signal); // a part of an answer is none
      return { text, tokens };
    } catch (thrown) {
      const { code, facts } = asAtelierError(thrown);
      if (!OF_PROMPT.test(code)) throw thrown;
      return { text: '', tokens: 0, error: { code, facts } };
    }
  }

  /** From here on runs that end are checked where a set asks for it. */
  start(): void {
    $effect.root(() => {
      $effect(() => this.#watch());
    });
  }

  /** Looks whether the run of this page has ended; called whenever the runs change. */
  #watch(): void {
    const { activeId, list } = this.#world.runs;
    const ended = activeId === undefined ? list.find(({ id }) => id === this.#seen) : undefined;
    this.#seen = activeId;
    if (ended && ENDED.includes(ended.status) && ended.model.classes === undefined) void this.#checkRun(ended);
  }

  async #checkRun(run: RunRecord): Promise<void> {
    const { sets, data, toasts } = this.#world;
    await sets.load();
    for (const { id } of sets.list.filter(({ watches, checks }) => watches && checks.length > 0)) {
      const models = await modelsOfRun(data, run, { base: true }).catch(() => []);
      if (!models.length) continue;
      await this.ask(id, [models]);
      const { set: named, lines, shown } = await data.checkSetView({ id });
      if (!shown || this.asking.error) continue;
      const { pass, fail } = shown.counts;
      const broken = lines.filter(({ change }) => change === 'newly-failing').length;
      const { integer } = language.format;
      const said = { set: named.name, name: run.name, broken: integer(broken) };
      toasts.show(
        () => m.checks_watched({ ...said, pass: integer(pass), scored: integer(pass + fail) }),
        broken ? 'plain' : 'good',
      );
    }
  }

  removeRun(setId: Id, n: number): Promise<void> {
    const { data, edits } = this.#world;
    let dropped: Awaited<ReturnType<typeof data.deleteCheckRun>> | undefined;
    return edits.change(
      m.checks_run_deleted,
      async () => {
        dropped = await data.deleteCheckRun(setId, n);
        await this.look(undefined, undefined);
      },
      async () => {
        if (dropped) await data.restoreCheckRun(dropped);
        await this.refresh();
      },
    );
  }

  file(id: Id, model: string): Promise<CheckFile | undefined> {
    return this.filing.run(() => this.#world.data.checkFile(id, model));
  }

  async bring(file: File, into?: Id): Promise<CheckImport | undefined> {
    const brought = await this.filing.run(() => this.#world.data.openCheckFile(file, into));
    await this.#world.sets.load();
    await this.refresh();
    return brought;
  }
}

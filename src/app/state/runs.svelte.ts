// All stored runs, and the one that the GPU worker trains, kept up to date by its events.
import type { ByItself } from '../../base/wire/requests';
import { AtelierError, asAtelierError, isErrorCode } from '../../base/errors/errors';
import type { HistoryPart, RunEvent, SamplePoint } from '../../base/wire/events';
import type { CheckpointReason, CheckpointSummary } from '../../base/records/checkpoint';
import type { Id } from '../../base/records/named';
import type { RunRecord } from '../../base/records/run';
import type { ResumeMark } from '../browser/resumeMark';
import { Curves } from './curves';
import type { UndoableEdits } from './undoableEdits';
import type { Workers } from './workers';

/** What is known of one run: its curves, samples and checkpoints. `version` counts changes of the curves. */
export class RunView {
  readonly curves = new Curves();
  version = $state(0);
  samples = $state.raw<readonly SamplePoint[]>([]);
  checkpoints = $state.raw<readonly CheckpointSummary[]>([]);
  tensors = $state<number>();
  /** The step that is being saved. */
  saving = $state<number>();
  /** The last step whose save completed while the page was open. */
  saved = $state<number>();
  loaded = $state(false);

  readonly #data: Workers['data'];

  constructor(
    readonly id: Id,
    data: Workers['data'],
  ) {
    this.#data = data;
  }

  async load(): Promise<void> {
    const [parts, checkpoints] = await Promise.all([this.#data.history(this.id), this.#data.listCheckpoints(this.id)]);
    // a run whose steps arrived meanwhile was started on this page: the events hold more than storage does
    if (this.curves.step.length === 0) for (const part of parts) this.#addHistory(part);
    this.checkpoints = checkpoints;
    this.loaded = true;
    this.version++;
  }

  async refreshCheckpoints(): Promise<void> {
    this.checkpoints = await this.#data.listCheckpoints(this.id);
  }

  apply(event: Exclude<RunEvent, { type: 'run' | 'error' | 'gone' }>): void {
    switch (event.type) {
      case 'step':
        this.curves.addStep(event.point);
        this.tensors = event.tensors;
        return;
      case 'validation':
        return this.curves.addValidation(event.point);
      case 'sample':
        this.#addSample(event.point);
        return;
      case 'saving':
        this.saving = event.step;
        return;
      case 'saved':
        this.saving = undefined;
        this.saved = event.checkpoint.step;
        // an older one may have been deleted with it, so the list is read again and not patched
        void this.refreshCheckpoints();
    }
  }

  #addHistory(part: HistoryPart): void {
    for (const point of part.steps) this.curves.addStep(point);
    for (const point of part.validations) this.curves.addValidation(point);
    for (const point of part.samples) this.#addSample(point);
  }

  #addSample(point: SamplePoint): void {
    this.samples = [...this.samples.filter((s) => s.step < point.step), point];
  }
}

const underWay = (run: RunRecord): boolean => run.status === 'running' || run.status === 'paused';

/** So long a run's lock is waited for, ms. */
const LOCK_TRIES = 10;
const LOCK_PAUSE = 200;
/** So often is a worker replaced under a run without a new checkpoint. */
const MOST_REPLACED = 3;

interface RunsStateWorld extends Workers {
  edits: UndoableEdits;
  /** Reloads the page, which then resumes the run of the mark. */
  reloadFor(mark: ResumeMark): void;
  /** The mark that the page before left, once. */
  takeMark(): ResumeMark | undefined;
}

/** All runs as storage keeps them, and the one that the GPU worker is on. */
export class RunsState {
  readonly #world: RunsStateWorld;
  list = $state.raw<readonly RunRecord[]>([]);
  ready = $state(false);
  /** The run that this page's worker trains or has paused. */
  activeId = $state<Id>();
  /** The run that the Train screen shows; the active one unless another was opened. */
  #shownId = $state<Id>();
  /** What went wrong last, with the run it belongs to. */
  error = $state.raw<AtelierError>();
  /** A command was sent and its answer is awaited: its button waits too. */
  busy = $state<'pause' | 'continue' | 'stop' | 'save' | 'resume'>();
  #replaced: { id: Id | undefined; saved: number | undefined; times: number } = {
    ...{ id: undefined, saved: undefined, times: 0 },
  };
  #views = new Map<Id, RunView>();
  #connected?: Promise<void>;

  active = $derived(this.list.find((run) => run.id === this.activeId));
  shown = $derived(this.list.find((run) => run.id === (this.#shownId ?? this.activeId)) ?? this.list[0]);
  /** Runs that a crash or a closed tab ended, newest first: the studio offers to resume them. */
  interrupted = $derived(
    this.list.filter((run) => run.id !== this.activeId && (run.status === 'interrupted' || underWay(run))),
  );

  constructor(world: RunsStateWorld) {
    this.#world = world;
  }

  /** Listens to the GPU worker and reads the stored runs; once, however often it is called. */
  connect(): Promise<void> {
    this.#connected ??= this.#connect();
    return this.#connected;
  }

  async #connect(): Promise<void> {
    try {
      await this.#world.gpu.subscribe((events) => this.receive(events));
      const [current] = await Promise.all([this.#world.gpu.current(), this.refresh()]);
      if (current) this.#upsert(current);
      const mark = this.#world.takeMark();
      if (mark && !current) await this.#resumeByItself(mark.runId, { cause: 'gpu-reset', times: mark.times });
    } catch (thrown) {
      this.error = asAtelierError(thrown);
    } finally {
      this.ready = true;
    }
  }

  async refresh(): Promise<void> {
    this.list = (await this.#world.data.listRuns()).toSorted((a, b) => b.updatedAt - a.updatedAt);
  }

  /** The view of a run, read from storage when it is first asked for. */
  view(id: Id): RunView {
    const known = this.#views.get(id);
    if (known) return known;
    const view = new RunView(id, this.#world.data);
    this.#views.set(id, view);
    view.load().catch((thrown: unknown) => (this.error = asAtelierError(thrown)));
    return view;
  }

  show(id: Id): void {
    this.#shownId = id;
  }

  /** Events in batches: each view is told once that it changed, so that charts draw once per batch. */
  receive(events: readonly RunEvent[]): void {
    const changed = new Set<RunView>();
    for (const event of events) {
      if (event.type === 'run') this.#upsert(event.run);
      else if (event.type === 'error') this.#fail(event.code, event.facts);
      else if (event.type === 'gone') this.#world.reloadFor({ runId: event.runId, times: event.times });
      else {
        const view = this.view(event.runId);
        view.apply(event);
        changed.add(view);
      }
    }
    for (const view of changed) view.version++;
  }

  /** The name is the page's to change (storage/runs.ts): a worker's record still has that of the run's start. */
  #upsert(run: RunRecord): void {
    const name = this.list.find((known) => known.id === run.id)?.name ?? run.name;
    const others = this.list.filter((known) => known.id !== run.id);
    this.list = [{ ...run, name }, ...others].toSorted((a, b) => b.updatedAt - a.updatedAt);
    if (underWay(run)) this.#activate(run.id);
    else if (this.activeId === run.id) this.activeId = undefined;
  }

  #activate(id: Id): void {
    if (this.activeId !== id) this.#shownId = id;
    this.activeId = id;
  }

  #fail(code: string, facts: Record<string, string | number>): void {
    this.error = storedError({ code, facts });
  }

  /** Marks a run that was just started from the page; its events follow. */
  started(run: RunRecord): void {
    this.error = undefined;
    this.#upsert(run);
  }

  pause = (): Promise<void> => this.#command('pause', () => this.#world.gpu.pause());
  continue = (): Promise<void> => this.#command('continue', () => this.#world.gpu.continue());
  stop = (): Promise<void> => this.#command('stop', () => this.#world.gpu.stop());
  save = (reason: CheckpointReason = 'manual'): Promise<void> =>
    this.#command('save', () => this.#world.gpu.save(reason));

  /** Goes on with an interrupted, paused or stopped run from its newest checkpoint. Its curves are read first. */
  resume = (id: Id): Promise<void> => this.#command('resume', () => this.#resumed(id));

  async #resumed(id: Id, byItself?: ByItself): Promise<void> {
    const view = this.view(id);
    if (!view.loaded) await view.load();
    this.started(await this.#world.gpu.resume(id, byItself));
  }

  /** A worker that was ended a moment ago may still hold the run's lock. */
  #resumeByItself(id: Id, byItself: ByItself): Promise<void> {
    return this.#command('resume', async () => {
      for (let tries = LOCK_TRIES; ; tries--) {
        try {
          return await this.#resumed(id, byItself);
        } catch (thrown) {
          if (tries === 0 || asAtelierError(thrown).code !== 'run-elsewhere') throw thrown;
        }
        await new Promise((done) => setTimeout(done, LOCK_PAUSE));
      }
    });
  }

  /**
   * The worker did not answer and was replaced: the new one is listened to, and resumes the run of the old one; not
   * after three times without a new checkpoint.
   */
  gpuReplaced = async (): Promise<void> => {
    const id = this.activeId;
    const saved = id === undefined ? undefined : this.view(id).saved;
    this.#replaced = {
      id,
      saved,
      times: 1 + (this.#replaced.id === id && this.#replaced.saved === saved ? this.#replaced.times : 0),
    };
    this.activeId = undefined;
    this.busy = undefined;
    this.#connected = undefined;
    await this.connect();
    if (id === undefined) return;
    const { times } = this.#replaced;
    if (times < MOST_REPLACED) await this.#resumeByItself(id, { cause: 'worker-replaced', times });
    else this.error = new AtelierError('worker-silent', { worker: 'gpu' });
  };

  /**
   * Saves when the page is hidden: a browser may discard a hidden page without another event
   * (https://developer.chrome.com/docs/web-platform/page-lifecycle-api).
   */
  saveHidden = (): void => {
    if (this.active?.status === 'running') void this.#world.gpu.save('hidden').catch(() => undefined); // the next autosave comes anyway
  };

  /** Steps of the run under way that are in no checkpoint: they would be lost with the tab. */
  get unsavedSteps(): number {
    const { active } = this;
    if (!active) return 0;
    const { saved, checkpoints } = this.view(active.id);
    return active.step - Math.max(saved ?? 0, ...checkpoints.map(({ step }) => step));
  }

  /** Asks before the tab closes; while the question stands, the worker saves. */
  beforeUnload = (event: Pick<BeforeUnloadEvent, 'preventDefault'>): void => {
    if (this.unsavedSteps <= 0) return;
    event.preventDefault();
    this.saveHidden();
  };

  togglePause(): void {
    if (!this.active || this.busy) return;
    void (this.active.status === 'paused' ? this.continue() : this.pause());
  }

  async #command(name: NonNullable<RunsState['busy']>, work: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = name;
    this.error = undefined;
    try {
      await work();
    } catch (thrown) {
      this.error = asAtelierError(thrown);
    } finally {
      this.busy = undefined;
    }
  }

  rename({ id, name: before }: RunRecord, name: string): Promise<void> {
    return this.#world.edits.rename(before, name, async (to) => {
      await this.#world.data.renameRun(id, to);
      await this.refresh();
    });
  }

  /** False when it could not be deleted. */
  remove({ id, name }: RunRecord): Promise<boolean> {
    const remove = async (): Promise<void> => {
      await this.#world.data.deleteRun(id);
      if (this.#shownId === id) this.#shownId = undefined;
      await this.refresh();
    };
    const restore = async (): Promise<void> => {
      await this.#world.data.restoreRun(id);
      await this.refresh();
    };
    return this.#world.edits.remove(name, remove, restore);
  }
}

/** An error as a run record keeps it, with its words again. */
export function storedError(error: { code: string; facts: Record<string, string | number> }): AtelierError {
  return isErrorCode(error.code)
    ? new AtelierError(error.code, error.facts)
    : new AtelierError('unexpected', { message: error.code });
}

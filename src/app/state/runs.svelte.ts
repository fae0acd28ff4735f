// All stored runs, and the one that the GPU worker trains, kept up to date by its events.
import type { ByItself, CourseChange, GoBack } from '../../base/wire/requests';
import { AtelierError, asAtelierError, isErrorCode } from '../../base/errors/errors';
import type { WayOn } from '../../base/wire/wayOn';
import type { ListedStore } from '../../base/wire/tabs';
import type { RunEvent } from '../../base/wire/events';
import type { CheckpointReason } from '../../base/records/checkpoint';
import type { Id } from '../../base/records/named';
import type { RunRecord } from '../../base/records/run';
import type { ResumeMark } from '../browser/resumeMark';
import { m } from '../words/generated/messages.js';
import type { OtherTabs } from './otherTabs.svelte';
import { asNamed } from './runNames';
import { RunView } from './runView.svelte';
import type { UndoableEdits } from './undoableEdits';
import type { Workers } from './workers';

const underWay = (run: RunRecord): boolean => run.status === 'running' || run.status === 'paused';

/** So long a run's lock is waited for, ms. */
const LOCK_TRIES = 10;
const LOCK_PAUSE = 200;
/** So often is a worker replaced under a run without a new checkpoint. */
const MOST_REPLACED = 3;

/** Who trains a run now: this page's worker, another tab, nobody. */
export type TrainedBy = 'here' | 'elsewhere' | 'nobody';

interface RunsStateWorld extends Workers {
  edits: UndoableEdits;
  tabs: OtherTabs;
  /** Interruptions that were put aside for good, and where they are kept. */
  dismissed: readonly string[];
  keepDismissed(dismissed: readonly string[]): void;
  /** Reloads the page, which then resumes the run of the mark. */
  reloadFor(mark: ResumeMark): void;
  /** The mark that the page before left, once. */
  takeMark(): ResumeMark | undefined;
}

/** One interruption: a run that goes on and is interrupted again is offered again. */
const dismissalOf = ({ id, step }: RunRecord): string => `${id} ${step}`;

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
  busy = $state<'pause' | 'continue' | 'stop' | 'save' | 'resume' | 'change'>();
  /** A pause was asked for, and comes after the step under way. */
  pausing = $state(false);
  /** Pause or resume was asked for while another command waits for its answer. */
  #toggled = false;
  #replaced: { id: Id | undefined; saved: number | undefined; times: number } = {
    ...{ id: undefined, saved: undefined, times: 0 },
  };
  /** Interruptions that are not offered any more. */
  #dismissed = $state.raw<readonly string[]>([]);
  #ways = $state.raw<Readonly<Record<Id, WayOn>>>({});
  #views = new Map<Id, RunView>();
  #connected?: Promise<void>;

  active = $derived(this.list.find((run) => run.id === this.activeId));
  shown = $derived(this.list.find((run) => run.id === (this.#shownId ?? this.activeId)) ?? this.list[0]);
  /** Runs that a crash or a closed tab ended, newest first: the studio offers to resume them. */
  interrupted = $derived(
    this.list.filter(
      (run) =>
        this.trainedBy(run.id) === 'nobody' &&
        (run.status === 'interrupted' || underWay(run)) &&
        !this.wayOn(run.id).refusal &&
        !this.#dismissed.includes(dismissalOf(run)),
    ),
  );

  constructor(world: RunsStateWorld) {
    this.#world = world;
    this.#dismissed = world.dismissed;
  }

  /** Never offers this interruption again; the run keeps its button. */
  dismiss(run: RunRecord): void {
    this.#dismissed = [...this.#dismissed, dismissalOf(run)];
    this.#world.keepDismissed(this.#dismissed);
  }

  trainedBy = (id: Id): TrainedBy =>
    id === this.activeId ? 'here' : this.#world.tabs.train(id) ? 'elsewhere' : 'nobody';

  /** Whether a run can be resumed from this page now. */
  canResume = (run: RunRecord): boolean =>
    !this.active &&
    this.trainedBy(run.id) === 'nobody' &&
    run.status !== 'finished' &&
    run.status !== 'imported' &&
    !this.wayOn(run.id).refusal;

  /** How a run can be resumed, as far as it is known. */
  wayOn = (id: Id): WayOn => this.#ways[id] ?? {};

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
    const [stored, ways] = await Promise.all([this.#world.data.listRuns(), this.#world.data.waysOn()]);
    this.#ways = ways;
    this.list = stored.map((run) => this.#newer(run)).toSorted((a, b) => b.updatedAt - a.updatedAt);
  }

  /** Storage knows a run under way as it was when its status changed last; the events know it as it is. */
  #newer(stored: RunRecord): RunRecord {
    const live = this.list.find(({ id }) => id === stored.id);
    const told = live && this.trainedBy(live.id) !== 'nobody' && live.updatedAt > stored.updatedAt;
    return told ? asNamed(live, stored) : stored;
  }

  /** From here on the page shows what other tabs train, and tells them what it trains. */
  watchTabs(stored: (stores: ReadonlySet<ListedStore>) => void): Promise<void> {
    const { tabs } = this.#world;
    return tabs.listen({
      stored,
      taken: (id) => void this.#changedHands(id).then(() => tabs.ask(id)),
      freed: (id) => void this.#changedHands(id),
      events: (events) => this.#receive(events, false),
      unsavedOf: (id) => (id === this.activeId ? this.view(id).unsaved : undefined),
      unsaved: (part) => void this.#views.get(part.runId)?.addUnsaved(part).catch(this.#failed),
    });
  }

  /** Storage holds what the tab that trains, or trained, has written since it was read here. */
  async #changedHands(id: Id): Promise<void> {
    try {
      await Promise.all([this.refresh(), this.#views.get(id)?.reload()]);
    } catch (thrown) {
      this.#failed(thrown);
    }
  }

  readonly #failed = (thrown: unknown): void => void (this.error = asAtelierError(thrown));

  /** Another tab has saved: the lists of checkpoints are read again. */
  refreshCheckpoints(): void {
    for (const view of this.#views.values()) view.refreshCheckpoints().catch(this.#failed);
  }

  /** The view of a run, read from storage when it is first asked for. */
  view(id: Id): RunView {
    const known = this.#views.get(id);
    if (known) return known;
    const view = new RunView(id, this.#world.data);
    this.#views.set(id, view);
    const { tabs } = this.#world;
    view.load().then(() => tabs.train(id) && tabs.ask(id), this.#failed);
    return view;
  }

  /** Whether a checkpoint of a run is here; undefined while they are read. */
  isCheckpoint(runId: Id, id: Id): boolean | undefined {
    const view = this.view(runId);
    return view.loaded ? view.checkpoints.some((checkpoint) => checkpoint.id === id) : undefined;
  }

  show(id: Id): void {
    this.#shownId = id;
  }

  /** Events of this page's worker; other tabs hear them too. */
  receive(events: RunEvent[]): void {
    this.#receive(events, true);
    this.#world.tabs.tell(events.filter(({ type }) => type !== 'error' && type !== 'gone'));
  }

  /** Events in batches: each view is told once that it changed, so that charts draw once per batch. */
  #receive(events: readonly RunEvent[], own: boolean): void {
    const changed = new Set<RunView>();
    for (const event of events) {
      if (event.type === 'run') this.#upsert(event.run, own);
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

  #upsert(run: RunRecord, own = true): void {
    const known = this.list.find(({ id }) => id === run.id) ?? run;
    const others = this.list.filter((known) => known.id !== run.id);
    this.list = [asNamed(run, known), ...others].toSorted((a, b) => b.updatedAt - a.updatedAt);
    const view = this.#views.get(run.id);
    if (view && run.status !== 'running') view.saving = undefined; // a save that failed ends a run, or lets it wait
    if (!own) return;
    if (run.status !== 'running') this.pausing = false;
    if (underWay(run)) this.#activate(run.id);
    else this.#ended(run.id);
  }

  #activate(id: Id): void {
    if (this.activeId !== id) this.#shownId = id;
    this.activeId = id;
    this.#world.tabs.claim(id);
  }

  #ended(id: Id): void {
    if (this.activeId === id) this.activeId = undefined;
    this.#world.tabs.release(id);
  }

  #fail(code: string, facts: Record<string, string | number>): void {
    this.error = storedError({ code, facts });
  }

  /** Marks a run that was just started from the page; its events follow. */
  started(run: RunRecord): void {
    this.error = undefined;
    this.#upsert(run);
  }

  pause = (): Promise<void> => {
    this.pausing = this.active?.status === 'running';
    return this.#command('pause', () => this.#world.gpu.pause());
  };
  step = (): Promise<void> => this.#command('pause', () => this.#world.gpu.step());
  continue = (): Promise<void> => {
    this.pausing = false;
    return this.#command('continue', () => this.#world.gpu.continue());
  };
  stop = (): Promise<void> => this.#command('stop', () => this.#world.gpu.stop());
  save = (reason: CheckpointReason = 'manual'): Promise<void> =>
    this.#command('save', () => this.#world.gpu.save(reason));

  /** Goes on with an interrupted, paused or stopped run from its newest checkpoint. Its curves are read first. */
  resume = (id: Id): Promise<void> => this.#command('resume', () => this.#resumed(id));

  /** A run that diverged goes on from its last good checkpoint, at a quarter of its rate. */
  resumeSlower = (id: Id): Promise<void> =>
    this.#command('resume', () => this.#resumed(id, () => this.#world.gpu.resumeSlower(id)));

  /** The run goes on from one of its checkpoints, and what came behind it is given up. */
  goBack = (to: GoBack): Promise<void> =>
    this.#command('resume', async () => {
      await this.#resumed(to.runId, () => this.#world.gpu.goBack(to));
      await this.view(to.runId).refreshCheckpoints();
    });

  /** Whether this page can send a run back to one of its checkpoints now. */
  canGoBack = (run: RunRecord): boolean =>
    run.preparedId !== undefined &&
    run.settings !== undefined &&
    (this.active ? this.active.id === run.id : this.trainedBy(run.id) === 'nobody' && !this.wayOn(run.id).refusal);

  /** Another rate or length of the run under way; the toast, or Ctrl+Z, brings back those of before. */
  change({ settings, totalSteps }: RunRecord, to: Required<CourseChange>): Promise<void> {
    const before = { learningRate: settings!.learningRate, steps: totalSteps };
    const { gpu, edits } = this.#world;
    const made = () =>
      edits.change(
        m.train_changed,
        () => gpu.change(to),
        () => gpu.change(before),
      );
    return this.#command('change', made);
  }

  async #resumed(id: Id, resume = () => this.#world.gpu.resume(id)): Promise<void> {
    const view = this.view(id);
    if (!view.loaded) await view.load();
    this.#world.tabs.claim(id);
    try {
      const run = await resume();
      view.resumedFrom(run.step);
      this.started(run);
    } catch (thrown) {
      if (this.activeId !== id) this.#world.tabs.disclaim(id);
      throw thrown;
    }
  }

  /** A worker that was ended a moment ago may still hold the run's lock. */
  #resumeByItself(id: Id, byItself: ByItself): Promise<void> {
    return this.#command('resume', async () => {
      for (let tries = LOCK_TRIES; ; tries--) {
        try {
          return await this.#resumed(id, () => this.#world.gpu.resume(id, byItself));
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
    // later checkpoints may be damaged, or left behind by a lower rate
    const { savedStep, checkpoints } = this.view(active.id);
    return active.step - (savedStep ?? Math.max(0, ...checkpoints.map(({ step }) => step)));
  }

  /** Asks before the tab closes; while the question stands, the worker saves. */
  beforeUnload = (event: Pick<BeforeUnloadEvent, 'preventDefault'>): void => {
    if (this.unsavedSteps <= 0) return;
    event.preventDefault();
    this.saveHidden();
  };

  /**
   * Pressed again before the pause has come, it takes the pause back; while a command waits it is kept. A run that is
   * about to stop has nothing to pause.
   */
  togglePause(): void {
    if (this.busy === 'stop') return;
    if (this.busy) this.#toggled = !this.#toggled;
    else if (this.active) void (this.active.status === 'paused' || this.pausing ? this.continue() : this.pause());
  }

  async #command(name: NonNullable<RunsState['busy']>, work: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = name;
    this.error = undefined;
    try {
      await work();
    } catch (thrown) {
      this.error = asAtelierError(thrown);
      this.pausing = false;
    } finally {
      this.busy = undefined;
      if (this.#toggled) {
        this.#toggled = false;
        this.togglePause();
      }
    }
  }

  rename({ id, name: before }: RunRecord, name: string): Promise<void> {
    return this.#world.edits.rename(before, name, async (to) => {
      await this.#world.data.renameRun(id, to);
      await this.refresh();
    });
  }

  /** What a person writes about a run. */
  annotate({ id, note = '', tags = [] }: RunRecord, to: { note: string; tags: string[] }): Promise<void> {
    const write = async (annotation: { note: string; tags: string[] }): Promise<void> => {
      await this.#world.data.annotateRun(id, annotation);
      await this.refresh();
    };
    return this.#world.edits.change(
      m.runs_annotated,
      () => write(to),
      () => write({ note, tags }),
    );
  }

  /** Those that could be deleted. */
  async removeAll(chosen: readonly RunRecord[]): Promise<readonly RunRecord[]> {
    const restore = async (gone: readonly RunRecord[]): Promise<void> => {
      for (const { id } of gone) await this.#world.data.restoreRun(id);
      await this.refresh();
    };
    const gone = await this.#world.edits.removeAll(chosen, ({ id }) => this.#world.data.deleteRun(id), restore);
    if (gone.some(({ id }) => id === this.#shownId)) this.#shownId = undefined;
    await this.refresh();
    return gone;
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

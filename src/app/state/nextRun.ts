// The form of the next run, filled as another one was made but for what is to be better: it begins where that one
// began, not from what it learned.
import type { GeneralName } from '../../base/records/samples';
import type { RunRecord } from '../../base/records/run';
import type { OnProgress } from '../../base/wire/events';
import type { TrainSettings } from '../../base/settings/trainSettings';
import type { Models } from './models.svelte';
import { againFrom, type Again } from './startAgain';
import type { TrainForm } from './trainForm.svelte';
import type { Workers } from './workers';

interface NextRunWorld extends Pick<Workers, 'data'> {
  form: TrainForm;
  models: Pick<Models, 'load' | 'byId'>;
}

/** What the next run has other than the one before. */
export interface NextRunChange {
  settings?: Partial<TrainSettings>;
  /** General rows that are mixed in. */
  general?: GeneralName;
}

/** Where the form is, what of the run is no longer here, and how the form comes back as it was. */
export type NextRun = Pick<Again, 'path' | 'missing'> & { undo: () => void };

/** @throws run-missing, and what reading the general rows throws */
export async function nextRun(
  { data, form, models }: NextRunWorld,
  run: RunRecord & { settings: TrainSettings },
  { settings, general }: NextRunChange,
): Promise<NextRun> {
  const [facts] = await Promise.all([data.runFacts(run.id), models.load(), form.load()]);
  const { draft, path, missing } = againFrom(run, facts, (id) => models.byId(id) !== undefined);
  const before = form.draft;
  form.restore({ ...draft, overrides: { ...draft.overrides, ...settings } });
  form.restored = false;
  if (general !== undefined) await mixGeneral({ data, form }, general, () => undefined, new AbortController().signal);
  return { path, missing, undo: () => form.restore(before) };
}

/** Reads general rows into storage where they are not yet, and mixes them in. */
export async function mixGeneral(
  { data, form }: Pick<Workers, 'data'> & { form: Pick<TrainForm, 'mix' | 'sampleRead'> },
  name: GeneralName,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<void> {
  const read = await data.importSample(name, onProgress, signal);
  form.sampleRead(read);
  if (!form.mix.ids.includes(read.id)) form.mix.add(read.id);
}

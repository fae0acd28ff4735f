// What an address names, and whether it is here. Addresses outlive what they lead to: bookmarks, Back, another browser.
import type { Id } from '../../base/records/named';

/** What an address names that is not here; a checkpoint leaves the run that it was of. */
export type Missing = 'screen' | 'text' | 'run' | 'checkpoint' | 'model';

/** What there is; undefined while it is not known yet. */
export interface Here {
  isScreen(path: string): boolean;
  isText(id: Id): boolean | undefined;
  isRun(id: Id): boolean | undefined;
  isModel(id: Id): boolean | undefined;
  isCheckpoint(runId: Id, id: Id): boolean | undefined;
}

type Rest = readonly (string | undefined)[];
type Look = (rest: Rest, here: Here) => Missing | undefined;

const ofRun: Look = ([runId, id], here) => {
  if (runId === undefined) return undefined;
  if (here.isRun(runId) === false) return 'run';
  return id !== undefined && here.isCheckpoint(runId, id) === false ? 'checkpoint' : undefined;
};
/** A stored model has no checkpoints. */
const ofRunOrModel: Look = (rest, here) => {
  const model = rest[0] !== undefined && here.isModel(rest[0]);
  return model === false ? ofRun(rest, here) : undefined;
};
const ofMode: Look = ([mode, ...rest], here) => {
  if (mode === 'further') return ofRun(rest, here);
  if (mode === 'pretrained') return rest[0] !== undefined && here.isModel(rest[0]) === false ? 'model' : undefined;
  return mode === undefined || mode === 'scratch' ? undefined : 'screen';
};
const ofTab: Look = ([tab, id], here) => {
  const ofText = tab === 'clean' || tab === 'label' || tab === 'rows';
  if (ofText && id !== undefined) return here.isText(id) === false ? 'text' : undefined;
  return tab === undefined || tab === 'tokens' || tab === 'feedback' ? undefined : 'screen';
};
/** Pages of the screen Export beside its own; else as a run or a model. */
const ofExport: Look = (rest, here) => {
  const [page, more] = rest;
  if (page !== 'guides' && page !== 'upkeep') return ofRunOrModel(rest, here);
  return more === undefined ? undefined : 'screen';
};
/** The form of a new evaluation, perhaps of a run; else an evaluation, of which the screen says that it is gone. */
const ofEvaluation: Look = ([what, ...rest], here) => (what === 'new' ? ofRunOrModel(rest, here) : undefined);
const nothing: Look = ([rest]) => (rest === undefined ? undefined : 'screen');

const LOOKS: Readonly<Record<string, Look>> = {
  data: ofTab,
  model: ofMode,
  train: ofRun,
  runs: ofRun,
  evaluate: ofEvaluation,
  chat: ofRunOrModel,
  export: ofExport,
};

/** The bare address leads to the first screen. */
export function missingAt(path: string, rest: Rest, here: Here): Missing | undefined {
  if (path === '') return undefined;
  if (!here.isScreen(path)) return 'screen';
  return (LOOKS[path] ?? nothing)(rest, here);
}

/** The name of what an address leads to, for the tab's title; of a run's checkpoint, the run. */
export const nameAt = (rest: Rest, lists: readonly (readonly { id: Id; name: string }[])[]): string | undefined =>
  rest.flatMap((part) => lists.flat().filter(({ id }) => id === part)).at(-1)?.name;

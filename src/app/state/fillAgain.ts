// The form filled with what another run was made with; what stood there comes back by one undo. What that is, and what
// of it is gone, says startAgain.ts.
import type { RunRecord } from '../../base/records/run';
import type { RunFacts } from '../../base/wire/requests';
import { language } from '../words/language.svelte';
import { m } from '../words/generated/messages.js';
import type { FormDraft } from './formDraft';
import type { Models } from './models.svelte';
import type { Router } from './router.svelte';
import { againFrom } from './startAgain';
import type { Toasts } from './toasts.svelte';
import type { TrainForm } from './trainForm.svelte';

interface FillWorld {
  models: Pick<Models, 'byId'>;
  router: Pick<Router, 'go'>;
  toasts: Toasts;
  trainForm: TrainForm;
}

/** @param change what is put in place of what the run had */
export function fillAgain(
  { models, router, toasts, trainForm }: FillWorld,
  run: RunRecord,
  facts: RunFacts,
  change: (draft: FormDraft) => Partial<FormDraft> = () => ({}),
): void {
  const { settings, name } = run; // the toast outlives the page of the run
  if (!settings) return;
  const { draft, path, missing } = againFrom({ ...run, settings }, facts, (id) => models.byId(id) !== undefined);
  const before = trainForm.draft;
  trainForm.restore({ ...draft, ...change(draft) });
  trainForm.restored = false;
  router.go(path);
  const filled = (): string => m.runs_again_filled({ name });
  toasts.undoable(
    () =>
      missing.length === 0 ? filled() : `${filled()} ${m.runs_again_missing({ names: language.format.list(missing) })}`,
    () => Promise.resolve(trainForm.restore(before)),
  );
}

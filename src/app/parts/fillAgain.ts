// The form filled with what another run was made with; what stood there comes back by one undo. What that is, and what
// of it is gone, says state/startAgain.ts.
import type { RunRecord } from '../../base/records/run';
import type { RunFacts } from '../../base/wire/requests';
import type { FormDraft } from '../state/formDraft';
import { againFrom } from '../state/startAgain';
import { language } from '../words/language.svelte';
import { m } from '../words/generated/messages.js';
import { models, router, toasts, trainForm } from '../world';

/** @param change what is put in place of what the run had */
export function fillAgain(
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

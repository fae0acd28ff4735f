// Why no run can start from what is chosen: said beside the button, and to who asks for the start by the keys.
import type { RunQueueState } from '../../state/runQueue.svelte';
import type { RunsState } from '../../state/runs.svelte';
import { storedError } from '../../state/runs.svelte';
import type { TrainForm } from '../../state/trainForm.svelte';
import { errorWords } from '../../words/errorWords';
import { m } from '../../words/generated/messages.js';
import { fieldFault } from './fieldRanges';

const MISSING = {
  model: m.model_missing_model,
  run: m.model_missing_run,
  text: m.model_data_none,
  checkpoint: m.model_missing_checkpoint,
};

/** What is still to be chosen, in words. */
export const missingWords = ({ missing }: Pick<TrainForm, 'missing'>): string | undefined =>
  missing && MISSING[missing]();

/** The first thing that stands in the way of a run, in words; undefined where nothing does. */
export function startRefusal(
  form: Pick<TrainForm, 'missing' | 'estimate' | 'conflict' | 'badFields' | 'typed' | 'blocked'>,
  { active }: Pick<RunsState, 'active'>,
  { takesStart }: Pick<RunQueueState, 'takesStart'>,
): string | undefined {
  if (active && !takesStart) return m.model_busy({ name: active.name });
  const missing = missingWords(form);
  if (missing) return missing;
  const [field] = form.badFields;
  if (field) return fieldFault(field, form.typed[field] ?? '');
  const error = form.conflict ?? (form.estimate?.refusal && storedError(form.estimate.refusal));
  if (error) return errorWords(error);
  return form.blocked ? m.preflight_summary_blocked() : undefined;
}

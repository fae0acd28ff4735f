// How far the run under way is, for the title of the tab: "41 % · 3.12 · name".
import { language } from '../words/language.svelte';
import type { RunsState } from '../state/runs.svelte';

/** Undefined where no run is under way. */
export function runTitle(runs: Pick<RunsState, 'active' | 'view'>): string | undefined {
  const { active } = runs;
  if (!active) return undefined;
  const { curves, version } = runs.view(active.id);
  void version; // the columns are no state of their own
  const { format } = language;
  const share = active.totalSteps > 0 ? Math.min(1, active.step / active.totalSteps) : 0;
  const loss = curves.smooth.loss.length > 0 ? [format.loss(curves.smooth.loss.last)] : [];
  return [format.percent(share, 0), ...loss, active.name].join(' · ');
}

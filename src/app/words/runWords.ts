// Lines of facts about a run or checkpoint, for lists.
import { parameterCount } from '../../base/modelShape';
import { UNTRAINED, type CheckpointReason, type CheckpointSummary } from '../../base/records/checkpoint';
import type { RunChange, RunRecord, RunStatus } from '../../base/records/run';
import { language } from './language.svelte';
import { m } from './generated/messages.js';

const STATUS: Record<RunStatus, () => string> = {
  running: m.runs_status_running,
  paused: m.runs_status_paused,
  interrupted: m.runs_status_interrupted,
  finished: m.runs_status_finished,
  stopped: m.runs_status_stopped,
  failed: m.runs_status_failed,
  imported: m.runs_status_imported,
};
const REASONS: Record<CheckpointReason, () => string> = {
  autosave: m.runs_reason_autosave,
  manual: m.runs_reason_manual,
  pause: m.runs_reason_pause,
  hidden: m.runs_reason_hidden,
  best: m.runs_reason_best,
  stopped: m.runs_reason_stopped,
  final: m.runs_reason_final,
  imported: m.runs_reason_imported,
  joined: m.runs_reason_joined,
};

/** What a run is doing, in a word; one that claims to run while nobody trains it was interrupted. */
export function statusWords(run: RunRecord, by: 'here' | 'elsewhere' | 'nobody'): string {
  if (by === 'elsewhere') return run.status === 'paused' ? m.runs_status_paused_elsewhere() : m.runs_status_elsewhere();
  const claims = run.status === 'running' || run.status === 'paused';
  if (claims && by === 'nobody') return m.runs_status_interrupted();
  return run.origin.kind === 'joined' ? m.runs_reason_joined() : STATUS[run.status]();
}

export const reasonWords = (reason: CheckpointReason): string => REASONS[reason]();

/** `step 400 · best · validation 2.310` */
export function checkpointWords(checkpoint: CheckpointSummary): string {
  const { format } = language;
  const untrained = UNTRAINED.includes(checkpoint.reason);
  const parts = [untrained ? reasonWords(checkpoint.reason) : m.runs_step({ step: format.integer(checkpoint.step) })];
  if (checkpoint.best) parts.push(m.runs_best());
  if (checkpoint.validationLoss !== undefined) {
    parts.push(m.runs_validation({ loss: format.loss(checkpoint.validationLoss) }));
  }
  return parts.join(' · ');
}

/** What changed in a run at a step: whether it went back, then rate and length. */
export function runChangeWords({ step: at, before, learningRate, length, given }: RunChange): string {
  const { integer, rate } = language.format;
  const step = integer(at);
  return [
    ...(given === undefined ? [] : [m.runs_went_back({ given: integer(given), step })]),
    ...(learningRate === before ? [] : [m.runs_rate_lowered({ step, before: rate(before), rate: rate(learningRate) })]),
    ...(length ? [m.runs_length_changed({ step, steps: integer(length.after), before: integer(length.before) })] : []),
  ].join(' · ');
}

/** What its weights were before its first step. */
export function originWords({ origin }: Pick<RunRecord, 'origin'>): string {
  switch (origin.kind) {
    case 'checkpoint':
      return m.runs_origin_checkpoint({ name: origin.runName, step: language.format.integer(origin.step) });
    case 'model':
      return m.runs_origin_model({ name: origin.name });
    case 'imported':
      return m.runs_origin_imported({ source: origin.source });
    case 'joined':
      return m.runs_origin_joined({ parts: partsWords(origin.parts) });
    case 'scratch':
      return m.runs_origin_scratch();
  }
}

/** `0.7 × fables + 0.5 × tales` */
export const partsWords = (parts: readonly { name: string; weight: number }[]): string =>
  parts.map(({ name, weight }) => `${language.format.number(weight, 2)} × ${name}`).join(' + ');

/** `0.8 M parameters` */
export const sizeWords = (run: RunRecord): string =>
  m.runs_parameters({ count: language.format.compact(parameterCount(run.model)) });

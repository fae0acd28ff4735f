// What a run is doing, in a sentence.
import type { EarlyStop, RunRecord } from '../../../base/records/run';
import type { TrainedBy } from '../../state/runs.svelte';
import type { Preparing } from '../../../base/wire/events';
import type { WayOn } from '../../../base/wire/wayOn';
import { language } from '../../words/language.svelte';
import { m } from '../../words/generated/messages.js';

/** What a run does before its first step, counted where there is something to count. */
function preparingWords({ what, done, total }: Preparing): string {
  const counted = { done: language.format.integer(done), total: language.format.integer(total) };
  switch (what) {
    case 'kernels':
      return m.train_preparing_kernels(counted);
    case 'measuring':
      return m.train_preparing_measuring(counted);
    case 'writing':
      return m.train_preparing_sample();
    case 'step':
      return m.train_preparing_step();
  }
}

/**
 * What a run is doing, in a sentence.
 * @param way how it can be resumed
 */
export function stateWords(run: RunRecord, by: TrainedBy, way: WayOn, preparing?: Preparing): string {
  const step = language.format.integer(run.step);
  if (by === 'elsewhere') return m.train_status_elsewhere();
  switch (run.status) {
    case 'running':
      if (by === 'nobody') return interruptedWords(step, way);
      if (preparing) return preparingWords(preparing);
      return run.compute === 'cpu' ? m.train_status_running_cpu() : m.train_status_running();
    case 'paused':
      if (by !== 'here') return interruptedWords(step, way);
      return run.notice?.code === 'run-waits-for-room'
        ? m.train_status_waits({ step })
        : m.train_status_paused({ step });
    case 'interrupted':
      return interruptedWords(step, way);
    case 'finished':
      return run.stoppedEarly ? earlyWords(run.stoppedEarly) : m.train_status_finished({ step });
    case 'stopped':
      return m.train_status_stopped({ step });
    case 'failed':
      return m.train_status_failed({ step });
    case 'imported':
      return run.origin.kind === 'joined' ? m.train_status_joined() : m.train_status_imported();
  }
}

function earlyWords({ step, checks, best }: EarlyStop): string {
  const { integer } = language.format;
  const facts = { step: integer(step), checks: integer(checks) };
  return best === 0 ? m.train_status_early_base(facts) : m.train_status_early({ ...facts, best: integer(best) });
}

function interruptedWords(step: string, { from, refusal }: WayOn): string {
  if (refusal) return m.train_status_interrupted_only({ step });
  return from === undefined ? m.train_status_interrupted_early({ step }) : m.train_status_interrupted({ step });
}

// What a run is doing, in a sentence.
import type { RunRecord } from '../../../base/records/run';
import { language } from '../../words/language.svelte';
import { m } from '../../words/generated/messages.js';

/** What a run is doing, in a sentence. */
export function stateWords(run: RunRecord, active: boolean): string {
  const step = language.format.integer(run.step);
  switch (run.status) {
    case 'running':
      if (!active) return m.train_status_interrupted({ step });
      return run.compute === 'cpu' ? m.train_status_running_cpu() : m.train_status_running();
    case 'paused':
      return active ? m.train_status_paused({ step }) : m.train_status_interrupted({ step });
    case 'interrupted':
      return m.train_status_interrupted({ step });
    case 'finished':
      return m.train_status_finished({ step });
    case 'stopped':
      return m.train_status_stopped({ step });
    case 'failed':
      return m.train_status_failed({ step });
    case 'imported':
      return m.train_status_imported();
  }
}

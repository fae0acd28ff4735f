// The button that does what an error advises.
import type { Cure } from '../../base/errors/cure';
import { m } from '../words/generated/messages.js';
import { router } from '../world';

const LABELS: Record<Cure, () => string> = {
  'open-machine': m.ui_cure_machine,
  'open-data': m.ui_cure_data,
  'open-model': m.ui_cure_model,
  'open-runs': m.ui_cure_runs,
  reload: m.ui_cure_reload,
  retry: m.ui_cure_retry,
};

const PATHS: Partial<Record<Cure, string>> = {
  'open-machine': 'machine',
  'open-data': 'data',
  'open-model': 'model',
  'open-runs': 'runs',
};

/** The button that does what an error advises; undefined when a retry is advised where none is possible. */
export function cureButton(cure: Cure, retry?: () => void): { label: string; run: () => void } | undefined {
  const path = PATHS[cure];
  if (path === router.path) return undefined; // the person is where the cure is
  const run = path ? () => router.go(path) : cure === 'reload' ? () => location.reload() : retry;
  return run && { label: LABELS[cure](), run };
}

// The state of the Runs screen, built from the page's world.
import { readSetting, writeSetting } from '../../browser/browserPrefs';
import type { RunRecord } from '../../../base/records/run';
import { m } from '../../words/generated/messages.js';
import { runs, toasts } from '../../world';
import { RunsTable } from './runsTable.svelte';

const KEY = 'atelier-runs-table';

export const runsTable = new RunsTable(runs, {
  read: () => readSetting(KEY),
  write: (text) => writeSetting(KEY, text),
});

/** Pins a run as what the others are compared with, or none; one undo pins what was pinned before. */
export function pinBaseline(run: RunRecord | undefined): void {
  const before = runsTable.pin(run?.id);
  toasts.undoable(
    () => (run ? m.runs_baseline_set({ name: run.name }) : m.runs_baseline_unset()),
    () => Promise.resolve(void runsTable.pin(before)),
  );
}

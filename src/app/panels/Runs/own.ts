// The state of the Runs screen, built from the page's world.
import { readSetting, writeSetting } from '../../browser/browserPrefs';
import { runs } from '../../world';
import { RunsTable } from './runsTable.svelte';

const KEY = 'atelier-runs-table';

export const runsTable = new RunsTable(runs, {
  read: () => readSetting(KEY),
  write: (text) => writeSetting(KEY, text),
});

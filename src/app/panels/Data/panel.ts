// The Data screen as the rail and the router find it.
import type { Panel } from '../../parts/panel';
import { m } from '../../words/generated/messages.js';
import { fetchLanguages } from '../../words/tables';
import { datasets } from '../../world';

const panel: Panel = {
  path: 'data',
  key: 'd',
  place: 'stage',
  order: 10,
  icon: 'data',
  label: m.data_title,
  // its samples stand under the names of both languages
  load: async () => {
    await fetchLanguages();
    return import('./Data.svelte');
  },
  state: () => (datasets.task.running ? 'running' : datasets.list.length > 0 ? 'done' : 'empty'),
  count: () => datasets.list.length,
  start: () => void datasets.load(),
};
export default panel;

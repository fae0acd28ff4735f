// The Model screen as the rail and the router find it.
import type { Panel } from '../../parts/panel';
import { m } from '../../words/generated/messages.js';
import { fetchLanguages } from '../../words/tables';
import { runStart } from './own';

const panel: Panel = {
  path: 'model',
  key: 'm',
  place: 'stage',
  order: 20,
  icon: 'model',
  label: m.model_title,
  // settings are searched in the words of both languages
  load: async () => {
    await fetchLanguages();
    return import('./Model.svelte');
  },
  state: () => (runStart.task.running ? 'running' : 'ready'),
};
export default panel;

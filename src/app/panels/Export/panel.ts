// The Export screen as the rail and the router find it.
import type { Panel } from '../../parts/panel';
import { m } from '../../words/generated/messages.js';
import { fetchLanguages } from '../../words/tables';
import { models, runs } from '../../world';

const panel: Panel = {
  path: 'export',
  key: 'x',
  place: 'stage',
  order: 60,
  icon: 'export',
  label: m.export_title,
  // guides are saved in both languages
  load: async () => {
    await fetchLanguages();
    return import('./Export.svelte');
  },
  state: () => (runs.list.length + models.list.length > 0 ? 'ready' : 'empty'),
};
export default panel;

// The Export screen as the rail and the router find it.
import type { Panel } from '../../parts/panel';
import { models } from '../../state/models.svelte';
import { runs } from '../../state/runs.svelte';
import { m } from '../../words/generated/messages.js';
import Export from './Export.svelte';

const panel: Panel = {
  path: 'export',
  key: 'x',
  place: 'stage',
  order: 60,
  icon: 'export',
  label: m.export_title,
  component: Export,
  state: () => (runs.list.length + models.list.length > 0 ? 'ready' : 'empty'),
};
export default panel;

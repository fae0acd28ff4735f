// The Export screen as the rail and the router find it.
import type { Panel } from '../../parts/panel';
import { m } from '../../words/generated/messages.js';
import Export from './Export.svelte';
import { models, runs } from '../../world';

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

// The Runs screen as the rail and the router find it.
import type { Panel } from '../../parts/panel';
import { m } from '../../words/generated/messages.js';
import { runs } from '../../world';

const panel: Panel = {
  path: 'runs',
  key: 'r',
  place: 'room',
  order: 100,
  icon: 'runs',
  label: m.runs_title,
  load: () => import('./Runs.svelte'),
  count: () => runs.list.length,
};
export default panel;

// The screen This machine as the rail and the router find it.
import type { Panel } from '../../parts/panel';
import { m } from '../../words/generated/messages.js';

const panel: Panel = {
  path: 'machine',
  key: 'h',
  place: 'room',
  order: 110,
  icon: 'machine',
  label: m.machine_title,
  load: () => import('./Machine.svelte'),
};
export default panel;

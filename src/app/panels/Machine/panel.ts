// The screen This machine as the rail and the router find it.
import type { Panel } from '../../parts/panel';
import { m } from '../../words/generated/messages.js';
import Machine from './Machine.svelte';

const panel: Panel = {
  path: 'machine',
  key: 'h',
  place: 'room',
  order: 110,
  icon: 'machine',
  label: m.machine_title,
  component: Machine,
};
export default panel;

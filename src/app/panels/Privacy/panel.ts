// The Privacy screen as the rail and the router find it.
import type { Panel } from '../../parts/panel';
import { m } from '../../words/generated/messages.js';
import Privacy from './Privacy.svelte';

const panel: Panel = {
  path: 'privacy',
  key: 'p',
  place: 'room',
  order: 120,
  icon: 'privacy',
  label: m.privacy_title,
  component: Privacy,
};
export default panel;

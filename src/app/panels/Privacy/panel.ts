// The Privacy screen as the rail and the router find it.
import type { Panel } from '../../parts/panel';
import { m } from '../../words/generated/messages.js';

const panel: Panel = {
  path: 'privacy',
  key: 'p',
  place: 'room',
  order: 120,
  icon: 'privacy',
  label: m.privacy_title,
  load: () => import('./Privacy.svelte'),
};
export default panel;

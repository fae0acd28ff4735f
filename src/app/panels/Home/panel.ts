// The Home screen as the router finds it; the studio's name in the rail and, on a phone, More lead to it. Its key: the
// last run.
import type { Panel } from '../../parts/panel';
import { m } from '../../words/generated/messages.js';

const panel: Panel = {
  path: 'home',
  key: 'l',
  place: 'home',
  order: 0,
  icon: 'home',
  label: m.home_title,
  load: () => import('./Home.svelte'),
};
export default panel;

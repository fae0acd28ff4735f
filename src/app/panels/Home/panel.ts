// The Home screen as the router finds it; the rail has its name, not a line of it.
import type { Panel } from '../../parts/panel';
import { m } from '../../words/generated/messages.js';
import Home from './Home.svelte';

const panel: Panel = {
  path: 'home',
  key: 'h',
  place: 'home',
  order: 0,
  icon: 'runs',
  label: m.home_title,
  component: Home,
};
export default panel;

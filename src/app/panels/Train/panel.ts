// The Train screen as the rail and the router find it, with the foot bar and the offer to resume.
import FootBar from './FootBar.svelte';
import ResumeBanner from './ResumeBanner.svelte';
import type { Panel } from '../../parts/panel';
import { m } from '../../words/generated/messages.js';
import { runQueue, runs } from '../../world';

const panel: Panel = {
  path: 'train',
  key: 't',
  place: 'stage',
  order: 30,
  icon: 'train',
  label: m.train_title,
  load: () => import('./Train.svelte'),
  state: () => (runs.active ? 'running' : runs.list.some((run) => run.preparedId) ? 'done' : 'empty'),
  foot: FootBar,
  banner: ResumeBanner,
  start: () => {
    void runs.connect();
    void runQueue.connect();
    document.addEventListener('visibilitychange', () => document.hidden && runs.saveHidden());
    addEventListener('beforeunload', runs.beforeUnload);
    document.addEventListener('freeze', runs.saveHidden);
  },
};
export default panel;

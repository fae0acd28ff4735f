// The Evaluate screen as the rail and the router find it.
import type { Panel } from '../../parts/panel';
import { m } from '../../words/generated/messages.js';
import { checking } from './Checks/own';
import { evaluating } from './own';

const panel: Panel = {
  path: 'evaluate',
  key: 'e',
  place: 'stage',
  order: 35,
  icon: 'evaluate',
  label: m.evaluate_title,
  load: () => import('./Evaluate.svelte'),
  start: () => checking.start(),
  state: () =>
    evaluating.job.running || checking.asking.running ? 'running' : evaluating.list.length ? 'done' : 'empty',
};
export default panel;

// The Chat screen as the rail and the router find it.
import type { Panel } from '../../parts/panel';
import { m } from '../../words/generated/messages.js';
import { models, runs } from '../../world';

const panel: Panel = {
  path: 'chat',
  key: 'c',
  place: 'stage',
  order: 50,
  icon: 'chat',
  label: m.chat_title,
  load: () => import('./Chat.svelte'),
  fills: true,
  state: () => (runs.list.length + models.list.length > 0 ? 'ready' : 'empty'),
};
export default panel;

import { modelForm } from '../../state/model.svelte';
import type { Panel } from '../../state/panels';
import { m } from '../../words/generated/messages.js';
import Model from './Model.svelte';

const panel: Panel = {
  path: 'model',
  key: 'm',
  place: 'stage',
  order: 20,
  icon: 'model',
  label: m.model_title,
  component: Model,
  state: () => (modelForm.task.running ? 'running' : 'ready'),
};
export default panel;

// Which settings of a run are in view, and the way to a field that is not.
import { tick } from 'svelte';
import { readDraft } from '../../state/drafts';
import type { NumberFieldName } from '../../state/formNames';

class SettingsView {
  tab = $state<'simple' | 'advanced'>(readDraft('settings') === 'advanced' ? 'advanced' : 'simple');
  query = $state('');

  /** Brings a field into view and the focus into it; those that are not among the simple ones are all in `advanced`. */
  async goTo(name: NumberFieldName): Promise<void> {
    if (!fieldOf(name)) {
      this.tab = 'advanced';
      this.query = '';
      await tick();
    }
    fieldOf(name)?.focus();
  }
}

const fieldOf = (name: NumberFieldName): HTMLElement | null =>
  document.querySelector(`[data-field="${name}"], [data-setting="${name}"] :is(button, input)`);

export const settingsView = new SettingsView();

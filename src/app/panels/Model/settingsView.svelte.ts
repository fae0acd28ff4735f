// Which settings of a run are in view, which groups of them stand open, and the way to a field that is not in view.
import { tick } from 'svelte';
import { TRAIN_SETTINGS } from '../../../base/settings/trainSettings';
import type { Group } from '../../../base/settings/settings';
import { fieldsOf, listIn, readDraft } from '../../state/drafts';
import type { NumberFieldName } from '../../state/formNames';

/** A group of settings, or what a model from scratch is built like. */
export type GroupName = Group | 'shape';

const groupOf = (name: NumberFieldName): GroupName | undefined => {
  if (name === 'vocabulary') return 'shape';
  return name === 'validation' ? undefined : TRAIN_SETTINGS[name].group;
};

class SettingsView {
  readonly #kept = fieldsOf(readDraft('settings'));
  tab = $state<'simple' | 'advanced'>(this.#kept['tab'] === 'advanced' ? 'advanced' : 'simple');
  query = $state('');
  #open = $state.raw<readonly string[]>(listIn(this.#kept['open']));

  /** What a reload brings back. */
  get draft(): { tab: string; open: readonly string[] } {
    return { tab: this.tab, open: this.#open };
  }

  isOpen(group: GroupName): boolean {
    return this.#open.includes(group);
  }

  fold(group: GroupName, open: boolean): void {
    if (open !== this.isOpen(group)) this.#open = open ? [...this.#open, group] : this.#open.filter((g) => g !== group);
  }

  /** Opens the groups that these fields stand in. */
  reveal(names: readonly NumberFieldName[]): void {
    for (const group of names.map(groupOf)) if (group) this.fold(group, true);
  }

  /** Brings a field into view and the focus into it; those that are not among the simple ones are all in `advanced`. */
  async goTo(name: NumberFieldName): Promise<void> {
    if (!fieldOf(name)) {
      this.tab = 'advanced';
      this.query = '';
      this.reveal([name]);
      await tick();
    }
    fieldOf(name)?.focus();
  }
}

const fieldOf = (name: NumberFieldName): HTMLElement | null | undefined =>
  document.querySelector<HTMLElement>(`[data-field="${name}"]`) ??
  document.querySelector<HTMLLabelElement>(`[data-setting="${name}"] label`)?.control;

export const settingsView = new SettingsView();

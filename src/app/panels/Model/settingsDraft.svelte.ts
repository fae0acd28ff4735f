// The settings as text while a person edits it, from the opening of its dialog to "Apply"; it draws nothing.
import { untrack } from 'svelte';
import { readSettingsText, writeSettingsText, type ReadSettingsText } from '../../parts/settingsText';
import type { Toasts } from '../../state/toasts.svelte';
import type { TrainForm } from '../../state/trainForm.svelte';
import { m } from '../../words/generated/messages.js';

interface SettingsDraftWorld {
  form: TrainForm;
  toasts: Toasts;
}

const FAULTS: Record<Extract<ReadSettingsText, { ok: false }>['fault'], (facts: { name: string }) => string> = {
  json: m.model_text_json,
  object: m.model_text_object,
  unknown: m.model_text_unknown,
  preset: m.model_text_preset,
  family: m.model_text_family,
  range: m.model_text_range,
  integer: m.model_text_integer,
  choice: m.model_text_choice,
  type: m.model_text_type,
  length: m.model_text_length,
};

/** The settings as text. What is typed stays, whatever the form learns meanwhile. */
export class SettingsDraft {
  readonly #world: SettingsDraftWorld;
  text = $state('');
  error = $state<string>();

  constructor(world: SettingsDraftWorld) {
    this.#world = world;
  }

  /**
   * Writes down the settings of now, once: texts, defaults and the pace of the machine may arrive while a person types,
   * so an effect that calls this must not depend on them.
   */
  begin(): void {
    this.text = untrack(() => this.#current());
    this.error = undefined;
  }

  #current(): string {
    const { settings, mode, presetName: preset, family } = this.#world.form;
    return writeSettingsText(settings, mode === 'scratch' ? { preset, family } : undefined);
  }

  /** Gives the settings of the text to the form; false, and the error said, where it is none. */
  apply(): boolean {
    const { form, toasts } = this.#world;
    const read = readSettingsText(this.text);
    this.error = read.ok ? undefined : FAULTS[read.fault]({ name: read.name });
    if (!read.ok) return false;
    const before = form.overrides;
    if (read.preset) form.choosePreset(read.preset);
    if (read.family) void form.chooseFamily(read.family);
    form.setOverrides(read.settings);
    toasts.undoable(m.model_text_applied, () => Promise.resolve(form.setOverrides(before)));
    return true;
  }
}

// Dark or light, as the person or the system chose.
import { MediaQuery } from 'svelte/reactivity';
import { readSetting, writeSetting } from './browserPrefs';

export type Theme = 'system' | 'dark' | 'light';
const KEY = 'atelier-theme';

/** Dark or light, as chosen or as the system has it; `shown` is what the page wears now (charts read it to redraw). */
class ThemeState {
  #prefersDark = new MediaQuery('prefers-color-scheme: dark');
  choice = $state<Theme>(firstTheme());
  shown = $derived<'dark' | 'light'>(
    this.choice === 'system' ? (this.#prefersDark.current ? 'dark' : 'light') : this.choice,
  );

  set(choice: Theme): void {
    this.choice = choice;
    writeSetting(KEY, choice);
  }
}

function firstTheme(): Theme {
  const kept = readSetting(KEY);
  return kept === 'dark' || kept === 'light' ? kept : 'system';
}

export const theme = new ThemeState();

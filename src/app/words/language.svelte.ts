// The language of the page and the number formats that go with it.
import { formatFor, type Format } from './format';
import { extractLocaleFromNavigator, isLocale, localStorageKey, overwriteGetLocale } from './generated/runtime.js';
import type { Language } from './keys';
import { fetchLanguages } from './tables';
import { readSetting, writeSetting } from '../browser/browserPrefs';

const HTML_LANGUAGE: Record<Language, string> = { en: 'en', zh: 'zh-Hans' };

/** The language of every word on screen; messages read it as state, so a switch needs no reload and loses nothing. */
class LanguageState {
  current = $state<Language>(firstLanguage());

  /**
   * Fetches its words first.
   * @throws page-missing where they do not come: the page goes on in the language that it speaks
   */
  async change(language: Language): Promise<void> {
    await fetchLanguages([language]);
    this.current = language;
    writeSetting(localStorageKey, language);
    this.apply();
  }

  apply(): void {
    document.documentElement.lang = HTML_LANGUAGE[this.current];
  }

  /** Numbers, sizes and times in the language of the page. */
  get format(): Format {
    return formatFor(this.current);
  }
}

function firstLanguage(): Language {
  const kept = readSetting(localStorageKey);
  if (isLocale(kept)) return kept;
  return extractLocaleFromNavigator() ?? 'en';
}

export const language = new LanguageState();
overwriteGetLocale(() => language.current);

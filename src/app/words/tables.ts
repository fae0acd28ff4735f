// The sentences of the languages that were fetched; which of them the page speaks is language.svelte.ts.
import { AtelierError } from '../../base/errors/errors';
import { getLocale, type Locale } from './generated/runtime.js';

/** A language's sentences by their keys. */
type Table = Readonly<Record<string, (facts: unknown) => string>>;

const tables: Partial<Record<Locale, Table>> = {};

/** What src/build/languageFiles.ts makes of the compiler's files; the compiler's own types know nothing of it. */
const FILES: Record<Locale, () => Promise<unknown>> = {
  en: () => import('./generated/messages/en.js'),
  zh: () => import('./generated/messages/zh.js'),
};

/**
 * Fetches the sentences of these languages, all of them where none is named; one that is here is not fetched again.
 * @throws page-missing
 */
export async function fetchLanguages(locales: readonly Locale[] = Object.keys(FILES) as Locale[]): Promise<void> {
  const missing = locales.filter((locale) => !tables[locale]);
  await Promise.all(
    missing.map(async (locale) => {
      const file = await FILES[locale]().catch(() => {
        throw new AtelierError('page-missing', { page: locale });
      });
      tables[locale] = (file as { table: Table }).table;
    }),
  );
}

/** @throws Error where the language was not fetched: `fetchLanguages` comes before the first word */
function tableOf(locale: Locale): Table {
  const table = tables[locale];
  if (!table) throw new Error(`The words of ${locale} are not here.`);
  return table;
}

type Said = (facts?: unknown, options?: { locale?: Locale }) => string;

const said: Record<string, Said> = {};
const sayOf =
  (key: string): Said =>
  (facts, { locale = getLocale() } = {}) =>
    tableOf(locale)[key]!(facts ?? {});

/**
 * Each sentence by its key, in the language of the page where no other is asked for; undefined where there is none of
 * that key. The build makes it the `m`.
 */
export const sentences: Readonly<Record<string, Said>> = new Proxy(said, {
  get: (known, key: string) => {
    if (key in known) return known[key];
    const here = Object.values(tables);
    if (here.length > 0 && !here.some((table) => key in table)) return undefined;
    return (known[key] = sayOf(key));
  },
});

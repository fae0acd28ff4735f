// Compiles the sentences of `src/app/words` into functions, for the build and for the type check.
// @ts-check
import { compile } from '@inlang/paraglide-js';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * How the words (src/app/words/{en,zh}/<panel>.json) become functions in src/app/words/generated.
 * No URL and no cookie strategy: the language is kept in this browser and sent nowhere.
 *
 * @satisfies {import('@inlang/paraglide-js').CompilerOptions}
 */
export const wordsOptions = {
  project: './src/app/words/project.inlang',
  outdir: './src/app/words/generated',
  strategy: /** @type {('localStorage' | 'preferredLanguage' | 'baseLocale')[]} */ ([
    'localStorage',
    'preferredLanguage',
    'baseLocale',
  ]),
  localStorageKey: 'atelier-language',
  outputStructure: /** @type {const} */ ('locale-modules'),
  isServer: 'false',
  disableAsyncLocalStorage: true,
  emitReadme: false,
};

/** Ends with an error where a key stands in two files: the compiler would never end. */
function refuseRepeatedKeys() {
  const folder = new URL('../app/words/en/', import.meta.url);
  /** @type {Map<string, string>} */
  const fileOf = new Map();
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.json')) continue;
    for (const key of Object.keys(JSON.parse(readFileSync(new URL(file, folder), 'utf8')))) {
      const before = fileOf.get(key);
      if (before) throw new Error(`The key ${key} stands in ${before} and in ${file}. Give one of them another name.`);
      fileOf.set(key, file);
    }
  }
}

// `node src/build/words.mjs` compiles once, for the type check; Vite compiles by itself.
// The compiler leaves timers of 30 s behind, for which nobody has to wait.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  refuseRepeatedKeys();
  await compile(wordsOptions);
  process.exit(0);
}

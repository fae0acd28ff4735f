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

/**
 * The keys of a JSON object's text in order, also those that stand there twice, of which JSON.parse keeps the last.
 *
 * @param {string} json that JSON.parse reads
 */
export function keysInText(json) {
  /** @type {string[]} */
  const keys = [];
  let depth = 0;
  for (const [token, string] of json.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (string) depth === 1 && keys.push(JSON.parse(string));
    else if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
  }
  return keys;
}

/**
 * @param {Iterable<readonly [file: string, json: string]>} files of one language
 * @throws an error that names a key that stands twice, in two files or in one: of two files the compiler would never
 * end, of one the first sentence would go in silence
 */
export function refuseRepeatedKeys(files) {
  /** @type {Map<string, string>} */
  const fileOf = new Map();
  for (const [file, json] of files) {
    JSON.parse(json);
    for (const key of keysInText(json)) {
      const before = fileOf.get(key);
      if (before === file) throw new Error(`The key ${key} stands twice in ${file}. Remove one of them.`);
      if (before) throw new Error(`The key ${key} stands in ${before} and in ${file}. Give one of them another name.`);
      fileOf.set(key, file);
    }
  }
}

/** @param {string} language */
function* filesOf(language) {
  const folder = new URL(`../app/words/${language}/`, import.meta.url);
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (file.endsWith('.json'))
      yield /** @type {const} */ ([`${language}/${file}`, readFileSync(new URL(file, folder), 'utf8')]);
}

// `node src/build/words.mjs` compiles once, for the type check; Vite compiles by itself.
// The compiler leaves timers of 30 s behind, for which nobody has to wait.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const language of ['en', 'zh']) refuseRepeatedKeys(filesOf(language));
  await compile(wordsOptions);
  process.exit(0);
}

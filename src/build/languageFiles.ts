// Splits the compiled words by language for the browser: the page fetches the sentences of the language that it speaks.
// The words themselves are compiled by words.mjs.
import type { Plugin } from 'vite';

const EXPORTED = /^export const (\w+) = /gm;

/**
 * The compiler's file of one language as one object: the names of exports are not made shorter, and stand in it twice.
 * @throws Error where the compiler writes in another form than is known here
 */
export function asTable(code: string): string {
  const sentences = code.match(EXPORTED)?.length ?? 0;
  const ends = code.match(/^\};$/gm)?.length ?? 0;
  if (sentences === 0 || sentences !== ends)
    throw new Error(
      `The file of words has ${sentences} sentences and ${ends} ends: the compiler writes in a new form.`,
    );
  return `export const table = {\n${code.replace(EXPORTED, '$1: ').replace(/^\};$/gm, '},')}\n};`;
}

/** In place of the compiler's file of all sentences, which binds each to every language. */
const LOOKED_UP = "export { sentences as m } from '../tables.ts';";

/** Not for the tests: there the compiler's own files are imported, both languages at once. */
export const languageFiles = (): Plugin => ({
  name: 'atelier:language-files',
  transform: {
    filter: { id: /\/words\/generated\/messages(\/\w+)?\.js$/ },
    handler: (code, id) => ({ code: id.endsWith('/messages.js') ? LOOKED_UP : asTable(code), map: null }),
  },
});

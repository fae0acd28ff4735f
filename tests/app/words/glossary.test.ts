// The glossary has each word in both languages, in one sentence, and each of its words is shown on some screen.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import '../page';
import { keyOf } from '../../../src/app/words/keys';
import { SETTING_TERMS, TERMS } from '../../../src/app/words/glossary';

const APP = join(import.meta.dirname, '../../../src/app');
const read = (path: string): string => readFileSync(join(APP, path), 'utf8');
const words = (language: string): Record<string, string> =>
  JSON.parse(read(`words/${language}/terms.json`)) as Record<string, string>;

/** The names of the glossary that a source gives to a component, to a fact (its fourth) or to a table of terms. */
const namesIn = (source: string): string[] =>
  [...source.matchAll(/(?:\b(?:of|term|unitTerm)(?:=|: )|, undefined, |\w+: )["'](\w+)["']/g)].map(([, name]) => name!);
const shown = new Set(
  readdirSync(APP, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(svelte|ts)$/.test(path) && !path.includes('generated') && !path.endsWith('glossary.ts'))
    .map(read)
    .filter((source) => /\bTerm\b|TermName|\bterm[:=]|Facts/.test(source))
    .flatMap(namesIn)
    .concat(Object.values(SETTING_TERMS)),
);

test.each(['en', 'zh'])('terms.json of %s has each word of the glossary with its meaning, and no other', (language) => {
  const keys = TERMS.flatMap((name) => [`term_${keyOf(name)}`, `term_${keyOf(name)}_meaning`]);
  expect(
    Object.keys(words(language))
      .filter((key) => !key.startsWith('$'))
      .sort(),
  ).toEqual(keys.sort());
});

test.each([
  ['en', /^[A-Z][^.!?]*\.$/],
  ['zh', /^[^。！？]*。$/],
])('each meaning in %s is one sentence', (language, sentence) => {
  for (const [key, text] of Object.entries(words(language)))
    if (key.endsWith('_meaning')) expect(text, key).toMatch(sentence);
});

test('each word of the glossary is shown on a screen', () => {
  expect(TERMS.filter((name) => !shown.has(name))).toEqual([]);
});

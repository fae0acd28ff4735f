// What the compiler writes of a language becomes one table with the same sentences.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { m } from '../../src/app/words/generated/messages.js';
import { sentences } from '../../src/app/words/tables';
import { asTable } from '../../src/build/languageFiles';

type Table = Record<string, (facts: object) => string>;

const written = (locale: string): string => readFileSync(`src/app/words/generated/messages/${locale}.js`, 'utf8');
const tableOf = async (locale: string): Promise<Table> => {
  const url = `data:text/javascript;base64,${Buffer.from(asTable(written(locale))).toString('base64')}`;
  return ((await import(/* @vite-ignore */ url)) as { table: Table }).table;
};

describe('a language as a table', () => {
  test.each(['en', 'zh'] as const)('has every sentence, as the compiler says it: %s', async (locale) => {
    const table = await tableOf(locale);
    expect(Object.keys(table).toSorted()).toEqual(Object.keys(m).toSorted());
    const facts = new Proxy({}, { get: (_, name) => `<${String(name)}>` });
    for (const [key, sentence] of Object.entries(m) as [string, (facts: object, at: object) => string][])
      expect(table[key]!(facts), key).toBe(sentence(facts, { locale }));
  });

  test('the compiler in a new form is refused, not misread', () => {
    expect(() => asTable('export const a = () => "x";')).toThrow('the compiler writes in a new form');
    expect(() => asTable('')).toThrow('0 sentences');
  });

  test('a sentence before its language says so', () => {
    expect(() => sentences['ui_close']!({}, { locale: 'zh' })).toThrow('The words of zh are not here.');
  });
});

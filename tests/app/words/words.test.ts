// Every sentence exists in both languages, with the same facts in it, and is really compiled.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const FOLDER = join(import.meta.dirname, '../../../src/app/words');
type Messages = Record<string, unknown>;

const read = (path: string): Messages => JSON.parse(readFileSync(join(FOLDER, path), 'utf8')) as Messages;
const files = (language: string): string[] =>
  readdirSync(join(FOLDER, language), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json'))
    .sort();

/** The names in braces of a message, whatever variants it has. */
const facts = (message: unknown): string[] =>
  [...new Set([...JSON.stringify(message).matchAll(/\{(\w+)\}/g)].map((match) => match[1]!))].sort();

test('both languages have the same files, keys and facts', () => {
  expect(files('en').length).toBeGreaterThan(0);
  expect(files('zh')).toEqual(files('en'));
  for (const file of files('en')) {
    const [en, zh] = [read(`en/${file}`), read(`zh/${file}`)];
    expect(Object.keys(zh).sort(), file).toEqual(Object.keys(en).sort());
    for (const key of Object.keys(en)) expect(facts(zh[key]), key).toEqual(facts(en[key]));
  }
});

test('no key stands in two files, where the later would hide the earlier', () => {
  const keys = files('en').flatMap((file) => Object.keys(read(`en/${file}`)));
  expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
});

test('no sentence is empty', () => {
  for (const language of ['en', 'zh'])
    for (const file of files(language))
      for (const [key, message] of Object.entries(read(`${language}/${file}`)))
        expect(JSON.stringify(message).length, `${language} ${key}`).toBeGreaterThan(2);
});

test('a run resumes: no other word says so', () => {
  const others = {
    en: /\bgo(es)? on\b|\btrain(ed)? further\b|\bpress continue\b/i,
    zh: /继续训练|训练继续|(步|检查点)继续(?!微调)/,
  };
  for (const language of ['en', 'zh'] as const)
    for (const file of files(language))
      for (const [key, message] of Object.entries(read(`${language}/${file}`)))
        expect(JSON.stringify(message), `${language} ${key}`).not.toMatch(others[language]);
});

test('the project compiles every file, from modules on this machine, and reports nothing', () => {
  const settings = read('project.inlang/settings.json') as {
    modules: string[];
    telemetry: string;
    'plugin.inlang.messageFormat': { pathPattern: string[] };
  };
  const compiled = settings['plugin.inlang.messageFormat'].pathPattern;
  for (const file of files('en')) expect(compiled).toContain(`./{locale}/${file}`);
  expect(settings.modules.every((path) => path.startsWith('../'))).toBe(true);
  expect(settings.telemetry).toBe('off');
});

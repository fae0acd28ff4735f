// What base names by code or key has its words in every language, and no words are left of what is gone.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { errorWords } from '../../../src/app/words/errorWords';
import { findingWords } from '../../../src/app/words/findingWords';
import { keyOf } from '../../../src/app/words/keys';
import { choiceLabel, settingTexts } from '../../../src/app/words/settingLabels';
import { DETAILS } from '../../../src/base/errors/details';
import { ERRORS, type ErrorCode } from '../../../src/base/errors/errors';
import { PRESETS } from '../../../src/base/settings/presets';
import type { Setting } from '../../../src/base/settings/settings';
import { TRAIN_SETTINGS } from '../../../src/base/settings/trainSettings';
import { FINDING_CODES } from '../../../src/base/wire/findings';

const FOLDER = join(import.meta.dirname, '../../../src/app/words');
const read = (path: string): Record<string, string> =>
  JSON.parse(readFileSync(join(FOLDER, path), 'utf8')) as Record<string, string>;
const errorFiles = (language: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(join(FOLDER, language, 'errors')).flatMap((file) => Object.entries(read(`${language}/errors/${file}`))),
  );

/** The keys that a setting asks for: label, help, why, and one for each choice. */
const settingKeys = ([name, setting]: [string, Setting]): string[] =>
  ['label', 'help', 'why', ...(setting.kind === 'choice' ? setting.choices : [])].map(
    (part) => `setting_${keyOf(name)}_${keyOf(part)}`,
  );

test('what of a run is not finite is a word of the language', () => {
  for (const what of ['loss', 'gradient norm', 'validation loss', 'logits'])
    for (const code of ['loss-not-finite', 'base-not-finite', 'base-overflows', 'base-overflows-halves'] as const) {
      const facts = { what, step: 3, found: 'NaN', tensor: 't' };
      expect(errorWords({ code, facts }, 'zh')).not.toContain(what);
      expect(errorWords({ code, facts }, 'zh')).not.toContain('{');
      if (what !== 'logits') expect(errorWords({ code, facts }, 'en')).toContain(`The ${what}`);
    }
});

test('what is wrong inside a file, and with a setting, is said in the language', () => {
  const facts = { file: 'a', line: 3, at: 7, found: 9, expected: 'GGUF', limit: 8, name: 't', key: 'rate' };
  for (const detail of DETAILS) {
    const said = errorWords({ code: 'gguf-broken', facts: { ...facts, detail } }, 'zh');
    expect(said, detail).not.toContain('{');
    expect(said.replace(/GGUF|UTF-8|id/g, ''), detail).not.toMatch(/[a-z]{2}/i);
  }
  for (const reason of ['range', 'integer', 'choice', 'type', 'length'])
    expect(errorWords({ code: 'settings-invalid', facts: { key: 'x', reason } }, 'zh')).not.toContain(reason);
  const kinds = { ...facts, found: 'chat', first: 'text' };
  expect(errorWords({ code: 'rows-mixed', facts: kinds }, 'zh')).not.toMatch(/chat|text/);
  const tasks = { prepared: 'dpo', asked: 'text' };
  expect(errorWords({ code: 'task-mismatch', facts: tasks }, 'zh')).not.toMatch(/text/);
});

test('a place in a file, and what an earlier version stored, are shown as they are', () => {
  const line = { file: 'a', line: 3 };
  expect(errorWords({ code: 'tokenizer-broken', facts: { file: 'a', detail: 'added_tokens[3]' } }, 'en')).toContain(
    ': added_tokens[3].',
  );
  expect(errorWords({ code: 'jsonl-line', facts: { ...line, message: 'Unexpected token' } }, 'en')).toContain(
    '(Unexpected token)',
  );
});

describe.each(['en', 'zh'] as const)('in %s', (language) => {
  test('each error has a sentence that ends as one', () => {
    const words = errorFiles(language);
    expect(Object.keys(words).sort()).toEqual(
      Object.keys(ERRORS)
        .map((code) => `error_${keyOf(code)}`)
        .sort(),
    );
    for (const [key, sentence] of Object.entries(words)) expect(sentence, key).toMatch(/[.!?)”。！？）]$/);
  });

  test('each finding has a sentence', () => {
    const keys = Object.keys(read(`${language}/findings.json`));
    expect(keys.sort()).toEqual(FINDING_CODES.map((code) => `finding_${keyOf(code)}`).sort());
  });

  test('each setting has a label, a help, a reason, and words for its choices and unit; each preset a line', () => {
    const entries = Object.entries<Setting>(TRAIN_SETTINGS);
    const units = entries.flatMap(([, s]) => (s.kind === 'number' && s.unit ? [`unit_${keyOf(s.unit)}`] : []));
    const presets = PRESETS.map(({ name }) => `preset_${keyOf(name)}`);
    expect(Object.keys(read(`${language}/settings.json`)).sort()).toEqual(
      [...new Set([...entries.flatMap(settingKeys), ...units, ...presets])].sort(),
    );
  });
});

test('facts are put into the sentence; one that is missing stays visible by its name', () => {
  const error = { code: 'buffer-too-large' as ErrorCode, facts: { needed: 300 } };
  for (const locale of ['en', 'zh'] as const) {
    expect(errorWords(error, locale)).toContain('300 MiB');
    expect(errorWords(error, locale)).toContain('{allowed}');
  }
  expect(findingWords('rows-few', { count: 7 }, 'zh')).toContain('7');
});

test('braces that are no fact stay as they are', () => {
  const facts = { file: 'a', line: 1, found: 'x' };
  expect(errorWords({ code: 'jsonl-object', facts }, 'en')).toContain('{"text": "…"}');
});

test('a choice that is none is shown as it is; a search reads both languages', () => {
  expect(choiceLabel('optimizer', 'lion')).toBe('lion');
  expect(settingTexts('learningRate').join(' ')).toMatch(/Learning rate.*学习率/);
});

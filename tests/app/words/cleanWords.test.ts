// Every step of a recipe has its name, its sentences, and words for its settings, choices and reasons, in each language.
import { describe, expect, test } from 'vitest';
import { datasetNameWords } from '../../../src/app/words/datasetWords';
import { CLEANED_BY } from '../../../src/app/panels/Model/Preflight/cures';
import { stepReason, stepAbout, stepChoice, stepFound, stepName, stepSetting } from '../../../src/app/words/cleanWords';
import { overwriteGetLocale } from '../../../src/app/words/generated/runtime.js';
import { RECIPE_STEPS, stepOf } from '../../../src/data/clean/steps';

describe.each(['en', 'zh'] as const)('in %s', (locale) => {
  test.each(RECIPE_STEPS.map((step) => [step.kind, step] as const))(
    '%s',
    (kind, { defaults, choices = {}, reasons }) => {
      const said = [stepName(kind, locale), stepAbout(kind, locale), stepFound(kind, '7', locale)];
      expect(said).not.toContain(kind);
      expect(said[2]).toContain('7');
      for (const name of Object.keys(defaults)) expect(stepSetting(kind, name, locale)).not.toBe(name);
      for (const [name, values = []] of Object.entries(choices))
        for (const value of values) {
          const key = `clean_choice_${kind}_${name}_${value}`;
          expect(value === value.toUpperCase() || stepChoice(kind, name, value, locale) !== value, key).toBe(true);
        }
      for (const code of reasons) expect(stepReason(code, {}, locale)).not.toBe(code);
    },
  );
});

test('a step of another version is called by its code', () => {
  expect([stepName('from-tomorrow'), stepReason('from-tomorrow')]).toEqual(['from-tomorrow', 'from-tomorrow']);
});

test('preflight leads to steps that are there', () => {
  const kinds = Object.values(CLEANED_BY).flatMap((named) => named.split(','));
  expect(kinds.length).toBeGreaterThan(4);
  for (const kind of kinds) expect(stepOf(kind)?.kind).toBe(kind);
});

test('a version of a sample is called by the name that people know, with its number', () => {
  overwriteGetLocale(() => 'en');
  expect(['english-stories · 2', 'mine · 2', 'english-stories'].map(datasetNameWords)).toEqual([
    ...['English stories · 2', 'mine · 2', 'English stories'],
  ]);
});

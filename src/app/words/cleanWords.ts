// The names, sentences and settings of the steps of a recipe, from the codes that data/clean has for them. A test walks
// all steps: each code has its words.
import { m } from './generated/messages.js';
import { keyOf, withNames, type Language, type Sentence } from './keys';

type Facts = Record<string, string | number>;

const sentences: Readonly<Record<string, Sentence | undefined>> = m;

/** The code itself where a recipe of another version names what this one does not know. */
function words(key: string, code: string, facts: Facts = {}, locale?: Language): string {
  const sentence = sentences[key] as ((facts: Facts, options: { locale?: Language }) => string) | undefined;
  return sentence ? sentence(withNames(facts), locale ? { locale } : {}) : code;
}

export const stepName = (kind: string, locale?: Language): string =>
  words(`clean_step_${keyOf(kind)}`, kind, {}, locale);
export const stepAbout = (kind: string, locale?: Language): string =>
  words(`clean_about_${keyOf(kind)}`, kind, {}, locale);
/** @param count As it is written on the page */
export const stepFound = (kind: string, count: string, locale?: Language): string =>
  words(`clean_found_${keyOf(kind)}`, kind, { count }, locale);
export const stepSetting = (kind: string, name: string, locale?: Language): string =>
  words(`clean_set_${keyOf(kind)}_${keyOf(name)}`, name, {}, locale);
export const stepChoice = (kind: string, name: string, value: string, locale?: Language): string =>
  words(`clean_choice_${keyOf(kind)}_${keyOf(name)}_${value.replace(/-/g, '_').toLowerCase()}`, value, {}, locale);
const PARTS: Readonly<Record<string, (() => string) | undefined>> = {
  text: m.clean_part_text,
  system: m.clean_part_system,
  question: m.clean_part_question,
  reasoning: m.clean_part_reasoning,
  answer: m.clean_part_answer,
  rejected: m.clean_part_rejected,
  tool: m.clean_part_tool,
  argument: m.clean_part_argument,
};
/** Who says a part of a row. */
export const partWords = (kind: string): string => PARTS[kind]?.() ?? kind;
/** Facts that are codes themselves, as the kind of a number and what speaks for it, are said in words. */
export function stepReason(code: string, facts: Facts = {}, locale?: Language): string {
  const said = Object.entries(facts).map(([name, value]) => {
    const coded = name === 'form' || name === 'evidence';
    return [name, coded ? words(`clean_${name}_${keyOf(String(value))}`, String(value), facts, locale) : value];
  });
  return words(`clean_why_${keyOf(code)}`, code, Object.fromEntries(said) as Facts, locale);
}

/** What a kind of stretch is called that a step finds: as the setting that switches it, where there is one. */
export function foundName(kind: string, code: string): string {
  const setting = code.replace(/^[a-z]+-/, '');
  const switched = `clean_set_${keyOf(kind)}_${keyOf(setting)}` in sentences;
  return switched ? stepSetting(kind, setting) : stepReason(code);
}

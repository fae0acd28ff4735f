// The sentence of an error: from its code and facts, in the language of the page or in another.
import { DETAILS, type Detail } from '../../base/errors/details';
import type { ErrorCode, ErrorFacts } from '../../base/errors/errors';
import type { SettingFault } from '../../base/settings/trainSettings';
import { m } from './generated/messages.js';
import { keyOf, withNames, type KeyOf, type Language, type Sentence } from './keys';

/** The type checker refuses a code, a detail or a fault of a setting without a sentence. */
const sentences: Record<`error_${KeyOf<ErrorCode>}`, Sentence> = m;
const details: Record<`detail_${KeyOf<Detail>}`, Sentence> = m;
const faults: Record<`fault_${SettingFault['reason']}`, Sentence> = m;

/** What is measured of a run, as the fact `what` of an error names it. */
const MEASURED = {
  loss: m.train_what_loss,
  'gradient norm': m.train_what_gradient_norm,
  'validation loss': m.train_what_validation_loss,
  logits: m.train_what_logits,
};
const CONTENT = { text: m.data_content_text, chat: m.data_content_chat, preference: m.data_content_preference };
const TASK = {
  text: m.setting_task_text,
  chat: m.setting_task_chat,
  dpo: m.setting_task_dpo,
  orpo: m.setting_task_orpo,
  kto: m.setting_task_kto,
  classify: m.setting_task_classify,
};
const FAULT = Object.fromEntries(
  Object.entries(faults).map(([key, sentence]) => [key.replace('fault_', ''), sentence]),
);
const DETAIL = Object.fromEntries(DETAILS.map((detail) => [detail, details[`detail_${keyOf(detail)}`]]));

type Phrases = Readonly<Record<string, Sentence>>;

/** Facts that are words of ours, by their name. */
const OF_ALL: Readonly<Record<string, Phrases>> = { what: MEASURED, detail: DETAIL };
/** Those whose name means something else in other errors. */
const OF_CODE: Partial<Record<ErrorCode, Readonly<Record<string, Phrases>>>> = {
  'rows-mixed': { found: CONTENT, first: CONTENT },
  'settings-invalid': { reason: FAULT },
  'task-mismatch': { prepared: TASK, asked: TASK },
};

interface Told {
  code: ErrorCode;
  facts: ErrorFacts;
}

export function errorWords({ code, facts }: Told, locale?: Language): string {
  const options = locale ? { locale } : {};
  const say = (sentence: Sentence, given: ErrorFacts): string =>
    (sentence as (facts: ErrorFacts, options: { locale?: Language }) => string)(withNames(given), options);
  const phrases = { ...OF_ALL, ...OF_CODE[code] };
  // rows that an earlier version set aside have the browser's words there
  const named = 'message' in facts ? { detail: facts['message'], ...facts } : facts;
  const told = Object.entries(named).map(([name, value]) => {
    const all = Object.hasOwn(phrases, name) ? phrases[name]! : {};
    return [name, Object.hasOwn(all, value) ? say(all[value]!, facts) : value];
  });
  return say(sentences[`error_${keyOf(code)}`], Object.fromEntries(told) as ErrorFacts);
}

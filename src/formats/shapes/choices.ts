// Questions with several answers to choose from, as benchmarks publish them: written as lettered lines.
import { isObject, own } from '../json';
import { cellText, jsonList } from './values';
import type { RowFields } from './columns';

/** Names of the column that says which choice is right; some hold its text as well. */
const RIGHT = ['answer_idx', 'answerkey', 'answer_index', 'answer', 'correct', 'label'];

export interface Choices {
  lines: string;
  /** The right one with its letter. */
  answer: string;
}

/** Undefined where the row has no choices, or does not say which is right. The columns count as used. */
export function letteredChoices(fields: RowFields): Choices | undefined {
  const column = fields.find('choices');
  const choices = column === undefined ? undefined : lettered(fields.peek(column));
  if (column === undefined || !choices) return undefined;
  const answers = fields.mapping ? fields.columns('answer') : RIGHT.map((name) => fields.named(name));
  for (const key of answers) {
    const right = key === undefined ? undefined : rightOf(choices, fields.peek(key));
    if (key === undefined || !right) continue;
    fields.use(column, 'choices');
    fields.use(key, 'answer');
    return { lines: choices.map(lineOf).join('\n'), answer: lineOf(right) };
  }
  return undefined;
}

interface Choice {
  letter: string;
  text: string;
}

const lineOf = ({ letter, text }: Choice): string => `${letter}. ${text}`;

/** A list of texts, `{"text": […], "label": […]}`, or an object of letters. */
function lettered(value: unknown): Choice[] | undefined {
  const texts = jsonList(isObject(value) ? own(value, 'text') : value);
  const letters = isObject(value) ? jsonList(own(value, 'label')) : undefined;
  if (texts?.every((text) => cellText(text) !== undefined) && texts.length)
    return texts.map((text, i) => ({ letter: cellText(letters?.[i]) ?? letterOf(i), text: cellText(text)! }));
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value).map(([letter, text]) => ({ letter, text: cellText(text) }));
  const whole = entries.filter((choice): choice is Choice => choice.text !== undefined && choice.letter.length <= 2);
  return whole.length > 0 && whole.length === entries.length ? whole : undefined;
}

const letterOf = (i: number): string => String.fromCharCode(65 + i);

/** By number from 0, by letter, or by the text itself. */
function rightOf(choices: readonly Choice[], value: unknown): Choice | undefined {
  if (typeof value === 'number') return choices[value];
  const said = cellText(value);
  if (said === undefined) return undefined;
  const byLetter = choices.find(({ letter }) => letter === said.trim());
  const byText = choices.find(({ text }) => text === said);
  return byLetter ?? byText ?? (/^\d+$/.test(said) ? choices[Number(said)] : undefined);
}

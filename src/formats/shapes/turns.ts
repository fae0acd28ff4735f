// The messages of a row: a list of them, a question with its answer, or a question alone.
import type { Message, Role } from '../../base/conversation';
import { isObject, own, type JsonObject } from '../json';
import { letteredChoices } from './choices';
import { RowFields } from './columns';
import { turnMessages, readMessages } from './messages';
import { contentParts } from './parts';
import { callsIn, isCallList } from './toolCalls';
import { transcriptOf } from './transcripts';
import { bestBranch } from './trees';
import { cellText, holdsSomething, jsonList } from './values';

export const ungraded = (message: Message): Message =>
  message.role === 'assistant' ? { ...message, weight: 0 } : message;

/** `messages` or `conversations`, with the system prompt beside them where they begin with none. */
export function listOf(fields: RowFields): Message[] | undefined {
  for (const column of fields.columns('messages')) {
    const messages = messagesIn(fields, column);
    if (!messages) continue;
    fields.use(column, 'messages');
    return messages[0]?.role === 'system' ? messages : [...systemOf(fields), ...messages];
  }
  return undefined;
}

/** Names that mean messages and nothing else; a list under another name is read where it holds some. */
const CERTAIN = ['messages', 'conversations', 'conversation'];

function messagesIn(fields: RowFields, column: string): Message[] | undefined {
  const value = fields.peek(column);
  const list = jsonList(value);
  if (!list) return transcriptOf(value);
  const other = texts(list) ?? exchanges(list, fields, column);
  if (other && column !== 'messages') return other;
  const certain = fields.mapping !== undefined || CERTAIN.includes(column.toLowerCase());
  return certain || (list.length > 0 && list.every(isMessage)) ? readMessages(list, fields.place(column)) : undefined;
}

/** Texts alone, as of two who take turns; the first asks. */
function texts(list: readonly unknown[]): Message[] | undefined {
  if (list.length < 2 || !list.every((turn) => typeof turn === 'string')) return undefined;
  return list.map((content, i) => ({ role: i % 2 ? 'assistant' : 'user', content }));
}

/** Questions with their answers, as XTuner and MOSS list them. */
function exchanges(list: readonly unknown[], fields: RowFields, column: string): Message[] | undefined {
  const turns = list.filter(isObject).filter((turn) => !isMessage(turn));
  if (!list.length || turns.length < list.length) return undefined;
  const inner = turns.map((turn) => new RowFields(turn, fields.at));
  const each = inner.map(singleTurn);
  if (!each.every((exchange) => exchange !== undefined)) return undefined;
  for (const turn of inner) fields.takeRest(turn, column);
  return each.flat();
}

/** A tree of replies, of which the best branch is read. */
export function treeOf(fields: RowFields): Message[] | undefined {
  const column = fields.find(fields.mapping ? 'messages' : 'question');
  const messages = column === undefined ? undefined : bestBranch(fields.peek(column));
  if (column === undefined || !messages) return undefined;
  fields.use(column, 'messages');
  fields.unread(column, fields.peek(column)); // with the branches that are not read
  return messages;
}

export function systemOf(fields: RowFields): Message[] {
  for (const column of fields.columns('system')) {
    const content = contentParts(fields.peek(column))?.text ?? '';
    if (content.trim() === '') continue;
    fields.use(column, 'system');
    return [{ role: 'system', content }];
  }
  return [];
}

/** A text, or messages, as turns of a conversation; undefined where the column holds neither. */
export function turnsIn(fields: RowFields, column: string, role: Role): Message[] | undefined {
  const value = fields.peek(column);
  if (role === 'assistant' && fields.find('tools') !== undefined && isCallList(value))
    return [{ role, content: '', toolCalls: callsIn(value) }];
  const content = cellText(value);
  if (content !== undefined) return [{ role, content }];
  if (Array.isArray(value) && value.every(isObject) && value.every(isMessage))
    return readMessages(value, fields.place(column));
  if (!isObject(value)) return undefined;
  return isMessage(value) ? turnMessages(value, 1, fields.place(column)) : textInside(fields, column, value, role);
}

const isMessage = (value: unknown): boolean => isObject(value) && ('role' in value || 'from' in value);

/**
 * SQuAD's `{"text": […]}`, TriviaQA's `{"value": …}`, ELI5's `{"full_text": …}`; the whole stands beside the row.
 */
function textInside(fields: RowFields, column: string, value: JsonObject, role: Role): Message[] | undefined {
  const text = own(value, 'text') ?? own(value, 'value') ?? own(value, 'full_text');
  const content = cellText(Array.isArray(text) ? text[0] : text);
  if (content === undefined) return undefined;
  fields.unread(column, value);
  return [{ role, content }];
}

/** One question and its answer. Answers that stand in the question are read, as TRL reads them, and not trained. */
export function singleTurn(fields: RowFields): Message[] | undefined {
  const answer = fields.find('answer');
  const column = questionOf(fields, answer);
  if (column === undefined) return undefined;
  const asked = transcriptOf(fields.peek(column)) ?? turnsIn(fields, column, 'user');
  const choices = asked && letteredChoices(fields);
  const answered = choices ? answerText(choices.answer) : answer === undefined ? undefined : answersIn(fields, answer);
  if (!asked || !answered) return undefined;
  fields.use(column, 'question');
  if (!choices && answer !== undefined) fields.use(answer, 'answer');
  const turns = before(fields, asked, column, choices?.lines);
  turns.push(...answered);
  return turns;
}

const answerText = (content: string): Message[] => [{ role: 'assistant', content }];

/** Never the column of the answer. */
function questionOf(fields: RowFields, answer: string | undefined): string | undefined {
  let empty: string | undefined;
  for (const column of fields.columns('question')) {
    if (column === answer) continue;
    if (holdsSomething(fields.peek(column))) return column;
    empty ??= column;
  }
  return empty;
}

/** An answer; of several in a list the steps together, of references the first, and all of them beside the row. */
function answersIn(fields: RowFields, column: string): Message[] | undefined {
  const value = fields.peek(column);
  const texts = Array.isArray(value) && /^(answers?|completions)$/i.test(column) ? value.map(cellText) : [];
  if (!texts.length || texts.some((text) => text === undefined)) return turnsIn(fields, column, 'assistant');
  const steps = Array.isArray(fields.peek('labels'));
  if (!steps && texts.length > 1) fields.unread(column, value);
  return answerText(steps ? texts.join('\n') : texts[0]!);
}

export function before(fields: RowFields, asked: Message[], column: string, choices?: string): Message[] {
  const last = asked.pop() ?? { role: 'user', content: '' };
  const further = furtherColumns(fields, column).map((name) => furtherText(fields, name));
  if (choices !== undefined) further.push(choices);
  const content = further.length ? joinedLines([last.content, ...further]) || last.content : last.content;
  const turns = systemOf(fields);
  turns.push(...historyOf(fields));
  for (const turn of asked) turns.push(ungraded(turn));
  turns.push(ungraded({ ...last, content }));
  return turns;
}

const joinedLines = (texts: readonly string[]): string => texts.filter((text) => text.trim() !== '').join('\n');

/** Of a mapping also the questions after the first. */
function furtherColumns(fields: RowFields, column: string): string[] {
  const further = fields.columns('further').filter((name) => name !== column && !fields.used.has(name));
  if (!fields.mapping) return further;
  return [...fields.columns('question').filter((name) => name !== column), ...further];
}

/** What stands beside a question: a text, or a list of texts. */
function furtherText(fields: RowFields, column: string): string {
  const value = fields.peek(column);
  const texts = (Array.isArray(value) ? value : [value]).map(cellText);
  if (!texts.every((text) => text !== undefined)) return '';
  fields.use(column, 'further');
  return texts.join('\n');
}

/** Earlier turns of Alpaca's rows: pairs of question and answer, or messages. */
function historyOf(fields: RowFields): Message[] {
  const column = fields.find('history');
  const history = column === undefined ? undefined : jsonList(fields.peek(column));
  if (column === undefined || !history?.every((turn) => isObject(turn) || isPair(turn))) return [];
  fields.use(column, 'history');
  return history.flatMap((turn, i): Message[] => {
    if (!isPair(turn)) return turnMessages(turn, i + 1, fields.place(column));
    const [question, answer] = turn.map((text) => cellText(text)!);
    return [
      { role: 'user', content: question! },
      { role: 'assistant', content: answer! },
    ];
  });
}

const isPair = (turn: unknown): turn is unknown[] =>
  Array.isArray(turn) && turn.length === 2 && turn.every((text) => cellText(text) !== undefined);

/** Columns that ask for an answer; a text by itself may have any other name. */
const ASKING = ['prompt', 'question', 'query', 'instruction', 'problem', 'request'];

/** A question without an answer, as data for reinforcement learning has it. */
export function questionAlone(fields: RowFields): Message[] | undefined {
  if (fields.has('answer')) return undefined;
  const columns = fields.columns('question');
  const column = fields.mapping ? columns[0] : columns.find((name) => ASKING.includes(name.toLowerCase()));
  const asked = column === undefined ? undefined : questionIn(fields, column);
  if (column === undefined || !asked) return undefined;
  return before(fields, asked, column);
}

/** What a column asks, as it stands in front of answers. */
export function questionIn(fields: RowFields, column: string): Message[] | undefined {
  const asked = transcriptOf(fields.peek(column)) ?? turnsIn(fields, column, 'user');
  if (asked) fields.use(column, 'question');
  return asked;
}

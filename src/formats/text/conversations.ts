// Turns one JSON row into a text, a conversation or a preference pair, by the names of its fields.
import type { Message, PreferencePair, Role } from '../../base/conversation';
import { AtelierError } from '../../base/errors/errors';
import { isObject, jsonDepth, own, type JsonObject, DEEPEST_JSON } from '../json';
import {
  cellText,
  flagOf,
  holdsSomething,
  MARKS,
  messageOf,
  readMessages,
  refuseValue,
  type OnUnread,
  type RowPlace,
} from './messages';

/** What a row says, whichever way its fields are named. */
export type Row =
  | { content: 'text'; text: string }
  | { content: 'chat'; messages: Message[] }
  | { content: 'preference'; pair: PreferencePair };

const LISTS = ['messages', 'conversations', 'conversation'];
const SYSTEM = ['system', 'system_prompt', 'system_message'];
/** Fields of single turns, whole names only: "con*text*" is no user's text. */
const QUESTION = ['instruction', 'prompt', 'question', 'query', 'input', 'request'];
const ANSWER = ['output', 'completion', 'response', 'answer', 'reply', 'solution'];
const FURTHER = ['input', 'context'];
const CHOSEN = ['chosen', 'preferred_output'];
const REJECTED = ['rejected', 'non_preferred_output'];
/** Names that a row is read by; what they hold is named where no row comes of it. */
const NAMES = [...CHOSEN, ...REJECTED, ...LISTS, ...ANSWER, ...QUESTION, 'text'];

/**
 * A row of any of the known shapes, the more telling ones first: pairs (`chosen` beside `rejected`, or OpenAI's),
 * `messages`, ShareGPT's `conversations`, Alpaca's and other single turns, `text`. A `text` of null is a blank one.
 * `unread` hears the fields that hold something and are not read.
 * @throws jsonl-fields, jsonl-message, row-role, row-value, row-weight, row-tools
 */
export function rowOf(row: JsonObject, at: RowPlace, unread?: OnUnread): Row {
  const fields = new RowFields(row, at, unread);
  const read = rowIn(fields);
  if (!read) return refuseRow(row, at);
  for (const key of Object.keys(row)) if (!fields.used.has(key) && holdsSomething(row[key])) unread?.(key);
  return read;
}

function rowIn(fields: RowFields): Row | undefined {
  const pair = pairOf(fields);
  if (pair) return { content: 'preference', pair };
  const messages = listOf(fields) ?? singleTurn(fields);
  if (messages) return { content: 'chat', messages: ungradedIfBad(messages, fields) };
  const text = cellText(fields.take('text'));
  return text === undefined ? undefined : { content: 'text', text };
}

/** Names the field whose value is the fault, else the fields there are. */
function refuseRow(row: JsonObject, at: RowPlace): Row {
  const wrong = NAMES.find((key) => Object.hasOwn(row, key) && cellText(row[key]) === undefined);
  if (wrong === 'text' && row[wrong] === null) return { content: 'text', text: '' };
  if (wrong !== undefined) return refuseValue(at, wrong, row[wrong]);
  throw new AtelierError('jsonl-fields', { ...at, keys: Object.keys(row).slice(0, 12).join(', ') || '{}' });
}

/** The fields of a row, and which of them were read; null is as absent. */
class RowFields {
  readonly used = new Set<string>();

  constructor(
    readonly row: JsonObject,
    readonly at: RowPlace,
    readonly unread: OnUnread | undefined,
  ) {}

  peek(key: string): unknown {
    return own(this.row, key) ?? undefined;
  }

  take(key: string): unknown {
    this.used.add(key);
    return this.peek(key);
  }

  /** The first of these names that holds text or anything else, a blank text only where none does. */
  name(names: readonly string[]): string | undefined {
    const there = names.filter((key) => this.peek(key) !== undefined);
    return there.find((key) => !isBlank(this.peek(key))) ?? there[0];
  }
}

const isBlank = (value: unknown): boolean => typeof value === 'string' && value.trim() === '';

/** `messages` or `conversations`, with the system prompt beside them where they begin with none. */
function listOf(fields: RowFields): Message[] | undefined {
  const key = fields.name(LISTS);
  const list = key === undefined ? undefined : listIn(fields.peek(key));
  if (key === undefined || !list) return undefined;
  fields.used.add(key);
  const messages = readMessages(list, key, fields.at, fields.unread);
  return messages[0]?.role === 'system' ? messages : [...systemOf(fields), ...messages];
}

/** A list, or the JSON text of one, as tables hold it. */
function listIn(value: unknown): unknown[] | undefined {
  if (Array.isArray(value)) return value as unknown[];
  if (typeof value !== 'string' || !value.trimStart().startsWith('[')) return undefined;
  if (jsonDepth(value, DEEPEST_JSON + 1) > DEEPEST_JSON) return undefined;
  try {
    return JSON.parse(value) as unknown[];
  } catch {
    return undefined;
  }
}

function systemOf(fields: RowFields): Message[] {
  const key = SYSTEM.find((name) => (cellText(fields.peek(name)) ?? '').trim() !== '');
  return key === undefined ? [] : [{ role: 'system', content: cellText(fields.take(key))! }];
}

/** A text, or messages, as turns of a conversation; undefined where the field holds neither. */
function turnsOf(fields: RowFields, key: string, role: Role): Message[] | undefined {
  const value = fields.take(key);
  const content = cellText(value);
  if (content !== undefined) return [{ role, content }];
  const { at, unread } = fields;
  if (Array.isArray(value)) return value.every(isObject) ? readMessages(value, key, at, unread) : undefined;
  return isObject(value) ? [messageOf(value, 1, key, at, unread)] : undefined;
}

/** One question and its answer. Answers that stand in the question are read, as TRL reads them, and not trained. */
function singleTurn(fields: RowFields): Message[] | undefined {
  const [question, answer] = [fields.name(QUESTION), fields.name(ANSWER)];
  if (question === undefined || answer === undefined) return undefined;
  const asked = turnsOf(fields, question, 'user');
  const answered = turnsOf(fields, answer, 'assistant');
  if (!asked || !answered) return undefined;
  const last = asked.pop() ?? { role: 'user', content: '' };
  const further = FURTHER.filter((key) => key !== question).map((key) => furtherText(fields, key));
  const content = [last.content, ...further].filter((text) => text.trim() !== '').join('\n') || last.content;
  return [...systemOf(fields), ...historyOf(fields), ...[...asked, { ...last, content }].map(ungraded), ...answered];
}

const ungraded = (message: Message): Message => (message.role === 'assistant' ? { ...message, weight: 0 } : message);

/** What stands beside a question: a text, or a list of texts. */
function furtherText(fields: RowFields, key: string): string {
  const value = fields.peek(key);
  const texts = (Array.isArray(value) ? value : [value]).map(cellText);
  if (!texts.every((text) => text !== undefined)) return '';
  fields.used.add(key);
  return texts.join('\n');
}

/** An answer that is marked as bad (KTO's `label`), or a whole row marked not to train, is only read. */
function ungradedIfBad(messages: Message[], fields: RowFields): Message[] {
  const marks = [...MARKS, 'label', 'kto_tag'].filter((key) => flagOf(fields.peek(key)) !== undefined);
  return marks.some((key) => flagOf(fields.take(key)) === 0) ? messages.map(ungraded) : messages;
}

/** Earlier turns of Alpaca's rows: pairs of question and answer, or messages. */
function historyOf(fields: RowFields): Message[] {
  const history = fields.peek('history');
  if (!Array.isArray(history)) return [];
  if (!history.every((turn) => isObject(turn) || isPair(turn))) return [];
  fields.used.add('history');
  return history.flatMap((turn: unknown, i): Message[] => {
    if (!isPair(turn)) return [messageOf(turn, i + 1, 'history', fields.at, fields.unread)];
    const [question, answer] = turn.map((text) => cellText(text)!);
    return [
      { role: 'user', content: question! },
      { role: 'assistant', content: answer! },
    ];
  });
}

const isPair = (turn: unknown): turn is unknown[] =>
  Array.isArray(turn) && turn.length === 2 && turn.every((text) => cellText(text) !== undefined);

function pairOf(fields: RowFields): PreferencePair | undefined {
  const [good, bad] = [fields.name(CHOSEN), fields.name(REJECTED)];
  if (good === undefined || bad === undefined) return undefined;
  const chosen = turnsOf(fields, good, 'assistant');
  const rejected = turnsOf(fields, bad, 'assistant');
  if (!chosen || !rejected) return undefined;
  const shared = sharedLength(chosen, rejected);
  if (shared > 0)
    return { prompt: chosen.slice(0, shared), chosen: chosen.slice(shared), rejected: rejected.slice(shared) };
  const prompt = promptOf(fields);
  return prompt && { prompt, chosen, rejected };
}

/**
 * Messages that both answers begin with: the question, where it is not told beside them. The last of each is the
 * answer, even if equal.
 */
function sharedLength(a: readonly Message[], b: readonly Message[]): number {
  const longest = Math.min(a.length, b.length) - 1;
  let shared = 0;
  while (shared < longest && a[shared]!.role === b[shared]!.role && a[shared]!.content === b[shared]!.content) shared++;
  return shared;
}

function promptOf(fields: RowFields): Message[] | undefined {
  const input = fields.peek('input');
  const nested = isObject(input) ? listOf(new RowFields(input, fields.at, fields.unread)) : undefined;
  if (nested) fields.used.add('input');
  const listed = nested ?? listOf(fields);
  if (listed) return listed;
  const key = fields.name(QUESTION);
  const asked = key === undefined ? undefined : turnsOf(fields, key, 'user');
  return asked && [...systemOf(fields), ...asked];
}

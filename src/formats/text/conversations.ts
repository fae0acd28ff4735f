// Turns one JSON row into a text, a conversation or a preference pair, by the names of its fields.
import type { Message, PreferencePair, Role } from '../../base/conversation';
import { AtelierError } from '../../base/errors/errors';
import { isObject, own, shown, type JsonObject } from '../json';

/** Where a row stands, for errors; `line` counts lines of .jsonl and members of .json, from 1. */
export interface RowPlace {
  file: string;
  line: number;
}

/** What a row says, whichever way its fields are named. */
export type Row =
  | { content: 'text'; text: string }
  | { content: 'chat'; messages: Message[] }
  | { content: 'preference'; pair: PreferencePair };

/**
 * Who speaks, by the names that published data sets have: OpenAI's, ShareGPT's, and those of tools that write either.
 */
const ROLES: Readonly<Record<string, Role>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  human: 'user',
  assistant: 'assistant',
  gpt: 'assistant',
  model: 'assistant',
  bot: 'assistant',
  function_call: 'assistant',
  tool: 'tool',
  function: 'tool',
  observation: 'tool',
};
/** Fields of single turns, whole names only: "con*text*" is no user's text. */
const QUESTION = ['instruction', 'prompt', 'question', 'query', 'input', 'request'];
const ANSWER = ['output', 'completion', 'response', 'answer', 'reply', 'solution'];
const FURTHER = ['input', 'context'];

/**
 * A row of any of the known shapes, the more telling ones first: pairs (`chosen` beside `rejected`, or OpenAI's),
 * `messages`, ShareGPT's `conversations`, Alpaca's and other single turns, `text`.
 * @throws jsonl-fields, jsonl-message, row-role
 */
export function rowOf(row: JsonObject, at: RowPlace): Row {
  const pair = pairOf(row, at);
  if (pair) return { content: 'preference', pair };
  const messages = listOf(row, at) ?? singleTurn(row, at);
  if (messages) return { content: 'chat', messages };
  const text = own(row, 'text');
  if (typeof text === 'string') return { content: 'text', text };
  throw new AtelierError('jsonl-fields', { ...at, keys: Object.keys(row).slice(0, 12).join(', ') || '{}' });
}

/** `messages` or `conversations`, with ShareGPT's `system` beside them. */
function listOf(row: JsonObject, at: RowPlace): Message[] | undefined {
  const list = own(row, 'messages') ?? own(row, 'conversations') ?? own(row, 'conversation');
  return Array.isArray(list) ? [...systemOf(row), ...messagesOf(list, at)] : undefined;
}

function systemOf(row: JsonObject): Message[] {
  const system = own(row, 'system');
  return typeof system === 'string' && system.trim() ? [{ role: 'system', content: system }] : [];
}

const messagesOf = (list: readonly unknown[], at: RowPlace): Message[] =>
  list.map((message, i) => messageOf(message, i + 1, at));

function messageOf(message: unknown, index: number, at: RowPlace): Message {
  const fields = isObject(message) ? message : {};
  const role = own(fields, 'role') ?? own(fields, 'from');
  const content = contentText(own(fields, 'content') ?? own(fields, 'value'));
  if (typeof role !== 'string' || content === undefined) throw new AtelierError('jsonl-message', { ...at, index });
  if (!Object.hasOwn(ROLES, role.toLowerCase()))
    throw new AtelierError('row-role', { ...at, index, role: shown(role) });
  const weight = own(fields, 'weight');
  return { role: ROLES[role.toLowerCase()]!, content, ...(typeof weight === 'number' && { weight }) };
}

/** Content is a string, or a list of parts of which all are text (`{"type": "text", "text": "…"}`). */
function contentText(content: unknown): string | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  const texts = content.map((part: unknown) => (isObject(part) ? own(part, 'text') : undefined));
  return texts.every((t) => typeof t === 'string') ? texts.join('') : undefined;
}

/** A string, or messages, as turns of a conversation. */
function turnsOf(value: unknown, role: Role, at: RowPlace): Message[] | undefined {
  if (typeof value === 'string') return [{ role, content: value }];
  if (Array.isArray(value)) return messagesOf(value, at);
  return isObject(value) ? [messageOf(value, 1, at)] : undefined;
}

/** One question and its answer. An answer that is marked as bad (KTO's `label`) is only read, never learned. */
function singleTurn(row: JsonObject, at: RowPlace): Message[] | undefined {
  const question = QUESTION.find((key) => own(row, key) !== undefined);
  const answer = ANSWER.find((key) => own(row, key) !== undefined);
  if (question === undefined || answer === undefined) return undefined;
  const asked = turnsOf(own(row, question), 'user', at);
  const answered = turnsOf(own(row, answer), 'assistant', at);
  if (!asked || !answered) return undefined;
  const further = FURTHER.map((key) => (key === question ? undefined : own(row, key))).find(
    (text) => typeof text === 'string' && text.trim() !== '',
  );
  if (typeof further === 'string') asked.at(-1)!.content += `\n${further}`;
  const bad = own(row, 'label') === false || own(row, 'kto_tag') === false;
  const last = bad ? answered.map((message) => ({ ...message, weight: 0 })) : answered;
  return [...systemOf(row), ...historyOf(row), ...asked, ...last];
}

/** Earlier turns of Alpaca's rows: pairs of question and answer. */
function historyOf(row: JsonObject): Message[] {
  const history = own(row, 'history');
  if (!Array.isArray(history)) return [];
  return history.flatMap((turn: unknown): Message[] => {
    if (!Array.isArray(turn)) return [];
    const [question, answer] = turn as unknown[];
    if (typeof question !== 'string' || typeof answer !== 'string') return [];
    return [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ];
  });
}

function pairOf(row: JsonObject, at: RowPlace): PreferencePair | undefined {
  const chosen = turnsOf(own(row, 'chosen') ?? own(row, 'preferred_output'), 'assistant', at);
  const rejected = turnsOf(own(row, 'rejected') ?? own(row, 'non_preferred_output'), 'assistant', at);
  if (!chosen || !rejected) return undefined;
  const shared = sharedLength(chosen, rejected);
  if (shared > 0)
    return { prompt: chosen.slice(0, shared), chosen: chosen.slice(shared), rejected: rejected.slice(shared) };
  const prompt = promptOf(row, at);
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

function promptOf(row: JsonObject, at: RowPlace): Message[] | undefined {
  const input = own(row, 'input');
  const nested = isObject(input) ? listOf(input, at) : undefined;
  const listed = nested ?? listOf(row, at);
  if (listed) return listed;
  const key = QUESTION.find((name) => own(row, name) !== undefined);
  const asked = key === undefined ? undefined : turnsOf(own(row, key), 'user', at);
  return asked && [...systemOf(row), ...asked];
}

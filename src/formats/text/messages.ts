// Reads one turn of a conversation: who speaks, what is said, and whether it is trained. Rows: `conversations.ts`.
import { isUsableWeight, type Message, type Role } from '../../base/conversation';
import { AtelierError } from '../../base/errors/errors';
import { isObject, own, shown, type JsonObject } from '../json';

/** Where a row stands, for errors; `line` counts lines of .jsonl and members of .json, from 1. */
export interface RowPlace {
  file: string;
  line: number;
}

/** Hears the name of a field that holds something and is not read. */
export type OnUnread = (field: string) => void;

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

/**
 * Marks of a turn that is only read, never trained: `weight` of OpenAI, `train` of Axolotl, `loss` and `loss_scale` of
 * ms-swift, `trainable` of verl. A number is a weight, a boolean 0 or 1.
 */
export const MARKS = ['weight', 'train', 'training', 'trainable', 'loss', 'loss_scale', 'loss_weight'] as const;
const FLAGS: Readonly<Record<string, number>> = { true: 1, yes: 1, '1': 1, false: 0, no: 0, '0': 0 };

const CALLS = ['tool_calls', 'function_call'];
const READ = new Set<string>(['role', 'from', 'content', 'value', ...CALLS, ...MARKS]);

/** Text as it is, a number as its digits where it has them exactly; undefined for anything else. */
export function cellText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : String(value);
}

/** Whether a field holds anything that a person could miss. */
export const holdsSomething = (value: unknown): boolean =>
  value !== null && value !== undefined && value !== '' && (typeof value !== 'object' || Object.keys(value).length > 0);

/** 0 or 1 for a mark that says yes or no, however it is spelled; undefined for anything else. */
export function flagOf(value: unknown): number | undefined {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'number') return value === 0 || value === 1 ? value : undefined;
  const flag = typeof value === 'string' ? value.trim().toLowerCase() : '';
  return Object.hasOwn(FLAGS, flag) ? FLAGS[flag] : undefined;
}

/** @throws row-value */
export function refuseValue(at: RowPlace, field: string, value: unknown): never {
  const found = typeof value === 'number' ? String(value) : shown(value);
  throw new AtelierError('row-value', { ...at, field, found });
}

/**
 * The turns of a list. `field` is the list's name in the row.
 * @throws jsonl-message, row-role, row-value, row-weight, row-tools
 */
export const readMessages = (list: readonly unknown[], field: string, at: RowPlace, unread?: OnUnread): Message[] =>
  list.map((message, i) => messageOf(message, i + 1, field, at, unread));

/** @throws jsonl-message, row-role, row-value, row-weight, row-tools */
export function messageOf(message: unknown, index: number, field: string, at: RowPlace, unread?: OnUnread): Message {
  const fields = isObject(message) ? message : {};
  const role = own(fields, 'role') ?? own(fields, 'from');
  if (typeof role !== 'string') throw new AtelierError('jsonl-message', { ...at, index, found: shown(message) });
  if (!Object.hasOwn(ROLES, role.toLowerCase()))
    throw new AtelierError('row-role', { ...at, index, role: shown(role) });
  const calls = CALLS.find((key) => holdsSomething(own(fields, key)));
  if (calls !== undefined) throw new AtelierError('row-tools', { ...at, index, field: calls });
  const key = own(fields, 'content') === undefined && Object.hasOwn(fields, 'value') ? 'value' : 'content';
  const content = contentText(own(fields, key) ?? own(fields, 'value'));
  if (content === undefined) return refuseValue(at, `${field}[${index}].${key}`, own(fields, key));
  for (const name of Object.keys(fields))
    if (!READ.has(name) && holdsSomething(fields[name])) unread?.(`${field}.${name}`);
  const weight = weightOf(fields, `${field}[${index}]`, at);
  return { role: ROLES[role.toLowerCase()]!, content, ...(weight !== undefined && { weight }) };
}

/**
 * The product of a turn's marks; undefined where it has none.
 * @throws row-weight
 */
function weightOf(fields: JsonObject, place: string, at: RowPlace): number | undefined {
  const marks = MARKS.filter((name) => (own(fields, name) ?? '') !== '');
  if (!marks.length) return undefined;
  const refuse = (names: readonly string[], value: unknown): never => {
    const found = typeof value === 'number' ? String(value) : shown(value);
    throw new AtelierError('row-weight', { ...at, field: names.map((name) => `${place}.${name}`).join(' × '), found });
  };
  const weight = marks.reduce((product, name) => {
    const value = own(fields, name);
    const mark = flagOf(value) ?? Number(cellText(value) ?? NaN);
    return isUsableWeight(mark) ? product * mark : refuse([name], value);
  }, 1);
  return isUsableWeight(weight) ? weight : refuse(marks, weight);
}

/** Content is a text, or a list of parts of which all are text (`{"type": "text", "text": "…"}`, or strings). */
function contentText(content: unknown): string | undefined {
  if (!Array.isArray(content)) return cellText(content);
  const texts = content.map((part: unknown) => (isObject(part) ? own(part, 'text') : part));
  return texts.every((t) => typeof t === 'string') ? texts.join('') : undefined;
}

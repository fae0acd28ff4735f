// Reads one turn of a conversation: who speaks, what is said, called and thought, and whether it is trained.
import { isUsableWeight, type Message, type Role } from '../../base/conversation';
import { AtelierError } from '../../base/errors/errors';
import { isObject, own, shown, type JsonObject } from '../json';
import { contentParts, resultOf, type Content } from './parts';
import { callsIn } from './toolCalls';
import { cellText, flagOf, holdsSomething, refuseValue, type RowPlace } from './values';

/** Hears a field of a message that holds something and is not read. */
export type OnUnread = (field: string, value: unknown) => void;

/** Where a list of messages stands, and who hears what is not read. */
export interface ListPlace {
  /** The list's name in the row. */
  field: string;
  at: RowPlace;
  unread: OnUnread;
}

/**
 * Who speaks, by the names that published data sets have: OpenAI's, ShareGPT's, and those of tools that write either.
 */
const ROLES: Readonly<Record<string, Role>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  human: 'user',
  prompter: 'user',
  assistant: 'assistant',
  gpt: 'assistant',
  chatgpt: 'assistant',
  model: 'assistant',
  bot: 'assistant',
  chatbot: 'assistant',
  ai: 'assistant',
  function_call: 'assistant',
  tool_call: 'assistant',
  tool: 'tool',
  function: 'tool',
  observation: 'tool',
  ipython: 'tool',
  tool_response: 'tool',
  tool_result: 'tool',
  function_response: 'tool',
};

/** The role of a name, whatever its case and its hyphens; undefined for others. */
export function roleOf(name: string): Role | undefined {
  const plain = name.trim().toLowerCase().replace(/[-\s]/g, '_');
  return Object.hasOwn(ROLES, plain) ? ROLES[plain] : undefined;
}

/**
 * Marks of a turn that is only read, never trained: `weight` of OpenAI, `train` of Axolotl, `loss` and `loss_scale` of
 * ms-swift, `trainable` of verl. A number is a weight, a boolean 0 or 1.
 */
export const MARKS = ['weight', 'train', 'training', 'trainable', 'loss', 'loss_scale', 'loss_weight'] as const;

const ROLE = ['role', 'from'];
const CONTENT = ['content', 'value', 'parts', 'text', 'message'];
const CALLS = ['tool_calls', 'function_call'];
const REASONING = ['reasoning_content', 'reasoning', 'thinking', 'thought'];
const RESULT = ['tool_call_id', 'name'];
const READ = new Set<string>([...ROLE, 'content', 'value', ...CALLS, ...REASONING, ...RESULT, ...MARKS]);

/**
 * The turns of a list.
 * @throws jsonl-message, row-role, row-value, row-weight, row-tools
 */
export const readMessages = (list: readonly unknown[], place: ListPlace): Message[] =>
  list.flatMap((message, i) => turnMessages(message, i + 1, place));

/**
 * A turn; a user's turn that holds results of tools is several.
 * @throws jsonl-message, row-role, row-value, row-weight, row-tools
 */
export function turnMessages(message: unknown, index: number, place: ListPlace): Message[] {
  const fields = isObject(message) ? message : {};
  const role = roleIn(fields, message, index, place.at);
  const spoken = role === 'tool' ? resultMessage(fields, index, place) : spokenMessage(fields, role, index, place);
  return spoken;
}

function roleIn(fields: JsonObject, message: unknown, index: number, at: RowPlace): Role {
  const named = firstOf(fields, ROLE);
  if (typeof named !== 'string') throw new AtelierError('jsonl-message', { ...at, index, found: shown(message) });
  const role = roleOf(named);
  if (!role) throw new AtelierError('row-role', { ...at, index, role: shown(named) });
  return role;
}

const firstOf = (fields: JsonObject, names: readonly string[]): unknown =>
  names.map((name) => own(fields, name)).find((value) => value !== undefined && value !== null);

/** The field that holds what is said. */
const contentKey = (fields: JsonObject): string =>
  CONTENT.find((key) => (own(fields, key) ?? undefined) !== undefined) ?? 'content';

function resultMessage(fields: JsonObject, index: number, place: ListPlace): Message[] {
  const key = contentKey(fields);
  const value = own(fields, key);
  if (value === undefined) return refuseValue(place.at, `${place.field}[${index}].${key}`, value);
  tellUnread(fields, [key], place);
  const [id, name] = RESULT.map((field) => cellText(own(fields, field)));
  return [{ ...resultOf(value), ...(id !== undefined && { toolCallId: id }), ...(name !== undefined && { name }) }];
}

function spokenMessage(fields: JsonObject, role: Role, index: number, place: ListPlace): Message[] {
  const where = `${place.field}[${index}]`;
  const key = contentKey(fields);
  const written = own(fields, key);
  const calls = callsOf(fields, index, place.at);
  const thoughts = REASONING.filter((name) => typeof own(fields, name) === 'string');
  const reasoning = thoughts.find((name) => own(fields, name) !== '');
  const mute = (written ?? undefined) === undefined && (calls.length > 0 || reasoning !== undefined);
  const content = mute ? contentParts('') : contentParts(written);
  if (!content) return refuseValue(place.at, `${where}.${key}`, written);
  tellUnread(fields, [key, ...(reasoning === undefined ? [] : [reasoning])], place);
  const weight = weightOf(fields, where, place.at);
  return messagesFrom(role, fields, content, {
    calls,
    thought: thoughts.length ? String(own(fields, reasoning ?? thoughts[0]!)) : undefined,
    ...(weight !== undefined && { weight }),
  });
}

interface Beside {
  calls: NonNullable<Message['toolCalls']>;
  /** Empty where the row says that nothing was thought: some templates write that. */
  thought: string | undefined;
  weight?: number;
}

function messagesFrom(role: Role, fields: JsonObject, content: Content, beside: Beside): Message[] {
  const written = role === 'assistant' && !content.calls.length ? writtenCalls(fields, content.text) : undefined;
  const calls = [...beside.calls, ...content.calls, ...(written ?? [])];
  const reasoning = (beside.thought ?? '') + content.reasoning;
  const name = cellText(own(fields, 'name'));
  const message: Message = {
    role,
    content: written ? '' : content.text,
    ...(beside.weight !== undefined && { weight: beside.weight }),
    ...(calls.length > 0 && { toolCalls: calls }),
    ...(name !== undefined && name !== '' && { name }),
    ...((reasoning !== '' || (role === 'assistant' && beside.thought === '')) && { reasoning }),
  };
  const silent = content.results.length > 0 && content.text.trim() === '' && !calls.length;
  return [...content.results, ...(silent ? [] : [message])];
}

/** Calls that are the text of a turn, as in ShareGPT's `function_call`. */
function writtenCalls(fields: JsonObject, text: string): Message['toolCalls'] {
  const named = firstOf(fields, ROLE);
  const plain = typeof named === 'string' ? named.toLowerCase().replace('-', '_') : '';
  return plain === 'function_call' || plain === 'tool_call' ? callsIn(text) : undefined;
}

/** @throws row-tools */
function callsOf(fields: JsonObject, index: number, at: RowPlace): NonNullable<Message['toolCalls']> {
  const field = CALLS.find((key) => holdsSomething(own(fields, key)));
  if (field === undefined) return [];
  const calls = callsIn(own(fields, field));
  if (!calls) throw new AtelierError('row-tools', { ...at, index, field, found: shown(own(fields, field)) });
  return calls;
}

function tellUnread(fields: JsonObject, read: readonly string[], { field, unread }: ListPlace): void {
  for (const name of Object.keys(fields)) {
    const known = read.includes(name) || (READ.has(name) && !REASONING.includes(name));
    if (!known && holdsSomething(fields[name])) unread(`${field}.${name}`, fields[name]);
  }
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

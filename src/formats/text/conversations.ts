// Turns one row of columns into a text, a conversation or a preference pair, with what stands beside it.
import { isUsableWeight, type Message, type PreferencePair, type ToolSchema } from '../../base/conversation';
import { AtelierError } from '../../base/errors/errors';
import type { ColumnUse, Mapping } from '../../base/records/mapping';
import type { RowFacts } from '../../base/records/recipe';
import { own, type JsonObject } from '../json';
import { RowFields } from '../shapes/columns';
import { besideOf, type Beside } from '../shapes/facts';
import { nestedTools, answerPairOf } from '../shapes/pairs';
import { toolsIn } from '../shapes/toolCalls';
import { listOf, questionAlone, singleTurn, treeOf, ungraded } from '../shapes/turns';
import { cellText, refuseValue, type RowPlace } from '../shapes/values';

/** What a row says, whichever way its fields are named. */
export type Row =
  | { content: 'text'; text: string }
  | { content: 'chat'; messages: Message[]; tools?: ToolSchema[] }
  | { content: 'preference'; pair: PreferencePair };

/** A row, and what became of each of its columns. */
export interface ColumnsRead extends Beside {
  row: Row;
  /** Columns that were read, and for what. */
  used: ReadonlyMap<string, ColumnUse>;
}

/** Names that a row is read by; what they hold is named where no row comes of it. */
const TOLD = ['chosen', 'rejected', 'messages', 'answer', 'question', 'text'] as const;

/**
 * A row of any of the known shapes, the more telling ones first: pairs of answers, messages, trees of replies, single
 * turns, texts, questions alone; by a mapping, the one that its columns make. A `text` of null is a blank one.
 * @throws jsonl-fields, jsonl-message, row-role, row-value, row-weight, row-tools
 */
export function rowOf(row: JsonObject, at: RowPlace, mapping?: Mapping): ColumnsRead {
  const fields = new RowFields(row, at, mapping);
  const read = rowIn(fields) ?? refuseRow(fields);
  const beside = besideOf(fields, read.content === 'chat');
  return { row: weighted(read, beside.facts), ...beside, used: fields.used };
}

function rowIn(fields: RowFields): Row | undefined {
  const pair = answerPairOf(fields);
  const tools = pair ? (toolsOf(fields) ?? toolsIn(nestedTools(fields))) : undefined;
  if (pair) return { content: 'preference', pair: { ...pair, ...(tools && { tools }) } };
  return chatIn(fields, listOf(fields) ?? treeOf(fields) ?? singleTurn(fields)) ?? textIn(fields) ?? askedIn(fields);
}

function chatIn(fields: RowFields, messages: Message[] | undefined): Row | undefined {
  const tools = messages && toolsOf(fields);
  return messages && { content: 'chat', messages: withThought(fields, messages), ...(tools && { tools }) };
}

const askedIn = (fields: RowFields): Row | undefined => chatIn(fields, questionAlone(fields));

/** The columns of the row's text, one below the other; beside a label alone also what asks. */
function textIn(fields: RowFields): Row | undefined {
  const named = fields.textColumns();
  const labelled = !named.length && fields.find('label') !== undefined ? fields.find('question') : undefined;
  const columns = labelled === undefined ? named : [labelled];
  const texts = columns.map((column) => cellText(fields.peek(column)));
  if (!columns.length || !texts.every((text) => text !== undefined)) return undefined;
  for (const column of columns) fields.use(column, 'text');
  return { content: 'text', text: texts.join('\n') };
}

/** Names the field whose value is the fault, else the fields there are. */
function refuseRow(fields: RowFields): Row {
  const { row, at } = fields;
  const wrong = fields.faulty(TOLD);
  if (wrong === 'text' && own(row, wrong) === null) return { content: 'text', text: '' };
  if (wrong !== undefined) return refuseValue(at, wrong, own(row, wrong));
  throw new AtelierError('jsonl-fields', { ...at, keys: Object.keys(row).slice(0, 12).join(', ') || '{}' });
}

function toolsOf(fields: RowFields): ToolSchema[] | undefined {
  const column = fields.find('tools');
  const tools = column === undefined ? undefined : toolsIn(fields.peek(column));
  if (column !== undefined && tools) fields.use(column, 'tools');
  return tools;
}

/** What was thought before the last answer, where it stands in a column of its own. */
function withThought(fields: RowFields, messages: Message[]): Message[] {
  const column = fields.find('reasoning');
  const thought = column === undefined ? undefined : cellText(fields.peek(column));
  const last = messages.at(-1);
  if (column === undefined || !thought || last?.role !== 'assistant' || last.reasoning) return messages;
  fields.use(column, 'reasoning');
  return [...messages.slice(0, -1), { ...last, reasoning: thought }];
}

/** An answer that is marked as bad (KTO's label), or a whole row marked not to train, is only read. */
function weighted(row: Row, { label, labels, weight = 1 }: RowFacts): Row {
  if (row.content !== 'chat') return row;
  const steps = typeof labels === 'string' && /\bfalse\b/.test(labels);
  if (label === false || labels === false || steps || weight === 0)
    return { ...row, messages: row.messages.map(ungraded) };
  if (typeof weight !== 'number' || weight === 1) return row;
  const weigh = (message: Message): Message => {
    const product = (message.weight ?? 1) * weight;
    return message.role === 'assistant' && isUsableWeight(product) ? { ...message, weight: product } : message;
  };
  return { ...row, messages: row.messages.map(weigh) };
}

// Rows of a dataset as the cells of a table: a column for each field or speaker. It knows no words and draws nothing.
import {
  writtenText,
  type Conversation,
  type Message,
  type PreferencePair,
  type Role,
} from '../../../base/conversation';
import type { DatasetContent } from '../../../base/records/dataset';

export type RowColumn = 'text' | Role | 'chosen' | 'rejected';

export interface PreviewRow {
  /** As it is stored. */
  text: string;
  /** Characters of all that it says. */
  length: number;
  cells: Partial<Record<RowColumn, string>>;
  /** Messages that have no cell: those after the first of each speaker. */
  more: number;
}

/** Characters, of which one beyond U+FFFF is two code units. */
const charactersOf = (text: string): number =>
  text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0);
const lengthOf = (messages: readonly Message[]): number =>
  messages.reduce((sum, message) => sum + charactersOf(writtenText(message)), 0);

/** What was said last. */
const lastOf = (messages: readonly Message[]): string => messages.slice(-1).map(writtenText).join('');

/** The first message of each speaker. */
function firstOfEach(messages: readonly Message[]): PreviewRow['cells'] {
  const cells: PreviewRow['cells'] = {};
  for (const message of messages) cells[message.role] ??= writtenText(message);
  return cells;
}

function chatRow(text: string): PreviewRow {
  const { messages } = JSON.parse(text) as Conversation;
  const cells = firstOfEach(messages);
  return { text, length: lengthOf(messages), cells, more: messages.length - Object.keys(cells).length };
}

/** The question is the last one that was asked before the two answers. */
function pairRow(text: string): PreviewRow {
  const { prompt, chosen, rejected } = JSON.parse(text) as PreferencePair;
  const system = prompt.find(({ role }) => role === 'system');
  const asked = prompt.findLast(({ role }) => role === 'user');
  const cells = {
    ...(system && { system: system.content }),
    ...(asked && { user: asked.content }),
    ...{ chosen: lastOf(chosen), rejected: lastOf(rejected) },
  };
  const messages = [...prompt, ...chosen, ...rejected];
  return { text, length: lengthOf(messages), cells, more: messages.length - Object.keys(cells).length };
}

export function previewRow(text: string, content: DatasetContent): PreviewRow {
  if (content === 'chat') return chatRow(text);
  if (content === 'preference') return pairRow(text);
  return { text, length: charactersOf(text), cells: { text }, more: 0 };
}

const ORDER: readonly RowColumn[] = ['text', 'system', 'user', 'assistant', 'tool', 'chosen', 'rejected'];

/** The columns of which some row has a cell, in the order of speaking. */
export const columnsOf = (rows: readonly PreviewRow[]): readonly RowColumn[] =>
  ORDER.filter((column) => rows.some(({ cells }) => cells[column] !== undefined));

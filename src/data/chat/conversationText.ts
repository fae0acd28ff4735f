/** Stored rows as plain text, for tokenizers and byte counts. No chat template is applied here. */
import type { Conversation, Message, PreferencePair } from '../../base/conversation';
import type { DatasetContent } from '../../base/records/dataset';

/** A kept row as plain text: conversations as `role: content` lines, of a pair the better answer. */
export function plainText(row: string, content: DatasetContent): string {
  if (content === 'text') return row;
  if (content === 'chat') return lines((JSON.parse(row) as Conversation).messages);
  const { prompt, chosen } = JSON.parse(row) as PreferencePair;
  return lines([...prompt, ...chosen]);
}

const lines = (messages: readonly Message[]): string =>
  messages.map(({ role, content }) => `${role}: ${content}`).join('\n');

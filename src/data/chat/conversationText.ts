/** Stored rows as plain text, for tokenizers and byte counts. No chat template is applied here. */
import { spokenLines, writtenText, type Conversation, type PreferencePair } from '../../base/conversation';
import type { DatasetContent } from '../../base/records/dataset';

/** A kept row as plain text: conversations as `role: content` lines, of a pair the better answer. */
export function plainText(row: string, content: DatasetContent): string {
  if (content === 'text') return row;
  if (content === 'chat') return spokenLines((JSON.parse(row) as Conversation).messages);
  const { prompt, chosen } = JSON.parse(row) as PreferencePair;
  return spokenLines([...prompt, ...chosen]);
}

/**
 * What a classifier reads of a kept row, as a person types it in Chat: a message that stands alone as its words, more
 * of them as `role: content` lines.
 */
export function classifiedText(row: string, content: DatasetContent): string {
  if (content !== 'chat') return plainText(row, content);
  const { messages } = JSON.parse(row) as Conversation;
  return messages.length === 1 ? writtenText(messages[0]!) : spokenLines(messages);
}

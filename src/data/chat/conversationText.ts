/** Stored rows as plain text, for tokenizers and byte counts. No chat template is applied here. */
import { spokenLines, type Conversation, type PreferencePair } from '../../base/conversation';
import type { DatasetContent } from '../../base/records/dataset';

/** A kept row as plain text: conversations as `role: content` lines, of a pair the better answer. */
export function plainText(row: string, content: DatasetContent): string {
  if (content === 'text') return row;
  if (content === 'chat') return spokenLines((JSON.parse(row) as Conversation).messages);
  const { prompt, chosen } = JSON.parse(row) as PreferencePair;
  return spokenLines([...prompt, ...chosen]);
}

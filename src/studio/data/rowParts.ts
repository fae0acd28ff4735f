/** What people wrote in a stored row: all of it, the question and the answers. Templates and tokens are not its. */
import type { Conversation, Message, PreferencePair } from '../../base/conversation';
import type { Task } from '../../base/records/prepared';
import type { InspectedRow } from '../../data/checks/check';

const written = (messages: readonly Message[]): string => messages.map(({ content }) => content).join('\n');

export function wordsOfRow(row: string, task: Task): Pick<InspectedRow, 'text' | 'question' | 'answers'> {
  if (task === 'text') return { text: row, question: row, answers: [] };
  if (task === 'chat') {
    const { messages } = JSON.parse(row) as Conversation;
    const answers = messages.flatMap(({ role, content }) => (role === 'assistant' ? [content] : []));
    const last = messages.findLastIndex(({ role }) => role === 'assistant');
    return { text: written(messages), question: written(messages.slice(0, Math.max(0, last))), answers };
  }
  const { prompt, chosen, rejected } = JSON.parse(row) as PreferencePair;
  const answers = [written(chosen), written(rejected)];
  return { text: written([...prompt, ...chosen, ...rejected]), question: written(prompt), answers };
}

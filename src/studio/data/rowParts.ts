/** What people wrote in a stored row: all of it, the question and the answers. Templates and tokens are not its. */
import { writtenText, type Conversation, type Message, type PreferencePair } from '../../base/conversation';
import type { Task } from '../../base/records/prepared';
import type { TemplateUse } from '../../data/chat/templateMessages';
import type { InspectedRow } from '../../data/checks/check';

type Words = Pick<InspectedRow, 'text' | 'question' | 'answers' | 'muted' | 'unnamed'>;

const written = (messages: readonly Message[]): string => messages.map(writtenText).join('\n');

/** @param writes what the template writes beside the words of messages; absent: nothing is asked */
export function wordsOfRow(row: string, task: Task, writes?: TemplateUse): Words {
  if (task === 'text') return { text: row, question: row, answers: [] };
  return task === 'chat' ? wordsOfTalk(row, writes) : wordsOfPair(row, writes);
}

function wordsOfTalk(row: string, writes?: TemplateUse): Words {
  const { messages, tools } = JSON.parse(row) as Conversation;
  const answers = messages.filter(({ role }) => role === 'assistant');
  const last = messages.findLastIndex(({ role }) => role === 'assistant');
  return {
    text: written(messages),
    question: written(messages.slice(0, Math.max(0, last))),
    answers: answers.map(writtenText),
    muted: answers.length > 0 && answers.every(({ weight }) => weight === 0),
    unnamed: unnamedIn(messages, tools, writes),
  };
}

function wordsOfPair(row: string, writes?: TemplateUse): Words {
  const { prompt, chosen, rejected, tools } = JSON.parse(row) as PreferencePair;
  const all = [...prompt, ...chosen, ...rejected];
  const answers = [written(chosen), written(rejected)];
  return { text: written(all), question: written(prompt), answers, unnamed: unnamedIn(all, tools, writes) };
}

function unnamedIn(
  messages: readonly Message[],
  tools: Conversation['tools'],
  writes?: TemplateUse,
): NonNullable<Words['unnamed']> {
  if (!writes) return [];
  const calls = !writes.calls && messages.some(({ toolCalls }) => toolCalls !== undefined);
  const thinking = writes.reasoning === undefined && messages.some(({ reasoning }) => Boolean(reasoning));
  return [
    ...(calls || (!writes.tools && tools !== undefined) ? (['tools'] as const) : []),
    ...(thinking ? (['thinking'] as const) : []),
  ];
}

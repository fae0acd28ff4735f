/** What people wrote in a stored row: all of it, the question and the answers. Templates and tokens are not its. */
import { writtenText, type Conversation, type Message, type PreferencePair } from '../../base/conversation';
import { judgedIn } from '../../data/chat/gradedRow';
import type { Task } from '../../base/records/prepared';
import type { ThoughtUse } from '../../base/settings/tuneSettings';
import { isThoughtful, withoutThoughts } from '../../base/thoughts';
import type { TemplateUse } from '../../data/chat/templateMessages';
import type { InspectedRow } from '../../data/checks/check';
import { labelledText } from './classReader';

type Words = Pick<InspectedRow, 'text' | 'question' | 'answers' | 'muted' | 'unnamed' | 'marks' | 'thinks' | 'labels'>;

const written = (messages: readonly Message[]): string => messages.map(writtenText).join('\n');

/**
 * @param writes what the template writes beside the words of messages; absent: nothing is asked
 * @param thoughts what becomes of what was thought before answers
 */
export function wordsOfRow(row: string, task: Task, writes?: TemplateUse, thoughts: ThoughtUse = 'learn'): Words {
  if (task === 'text') return { text: row, question: row, answers: [] };
  if (task === 'kto') return wordsOfThumbs(row, thoughts, writes);
  if (task === 'classify') {
    const { text, names = [] } = labelledText(row);
    return { text, question: text, answers: [], labels: names };
  }
  return task === 'chat' ? wordsOfTalk(row, thoughts, writes) : wordsOfPair(row, thoughts, writes);
}

function wordsOfThumbs(row: string, thoughts: ThoughtUse, writes?: TemplateUse): Words {
  const read = JSON.parse(row) as Conversation | PreferencePair;
  const judged = judgedIn(read);
  const good = judged.filter(({ isGood }) => isGood).length;
  const wordsOf = 'prompt' in read ? wordsOfPair : wordsOfTalk;
  const { muted: _muted, ...words } = wordsOf(row, thoughts, writes);
  return { ...words, marks: { good, bad: judged.length - good } };
}

const kept = (messages: readonly Message[], thoughts: ThoughtUse): readonly Message[] =>
  thoughts === 'drop' ? withoutThoughts(messages) : messages;

function wordsOfTalk(row: string, thoughts: ThoughtUse, writes?: TemplateUse): Words {
  const { messages: all, tools } = JSON.parse(row) as Conversation;
  const messages = kept(all, thoughts);
  const answers = messages.filter(({ role }) => role === 'assistant');
  const last = messages.findLastIndex(({ role }) => role === 'assistant');
  return {
    text: written(messages),
    question: written(messages.slice(0, Math.max(0, last))),
    answers: answers.map(writtenText),
    muted: answers.length > 0 && answers.every(({ weight }) => weight === 0),
    unnamed: unnamedIn(messages, tools, writes),
    ...(thoughts === 'learn' && last >= 0 && { thinks: isThoughtful(messages[last]!) }),
  };
}

function wordsOfPair(row: string, thoughts: ThoughtUse, writes?: TemplateUse): Words {
  const { tools, ...pair } = JSON.parse(row) as PreferencePair;
  const [prompt, chosen, rejected] = [
    kept(pair.prompt, thoughts),
    kept(pair.chosen, thoughts),
    kept(pair.rejected, thoughts),
  ];
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

// Turns as plain values: what the model reads of a talk, its name, its transcript. It holds no state.
import { answerMessage } from '../../../base/answerMessage';
import { answerParts } from '../../../base/answerParts';
import type { Message, Role, ToolCall } from '../../../base/conversation';
import { standingText, type Answer, type TalkRecord, type ToolResult, type Turn } from '../../../base/records/talk';
import { MOST_WEIGHT, type Together } from '../../../base/records/together';
import { fieldsOf, numberIn, textIn } from '../../state/drafts';

export const answerOf = (turn: Turn): Answer | undefined => turn.answers[turn.goesOn] ?? turn.answers[0];

/** Turns that later ones stand on: of a conversation, and answered. */
export function counts(turn: Turn): boolean {
  const answer = answerOf(turn);
  return turn.mode === 'chat' && answer !== undefined && standingText(answer) !== '' && !answer.error;
}

/** A question, or what tools gave back. */
export type AskedWith = Pick<Turn, 'prompt' | 'results'>;

/** The calls that an answer makes; none where its template has no known way to write them. */
export const callsOf = (answer: Answer): ToolCall[] =>
  answer.reading ? answerParts(standingText(answer), answer.reading).calls : [];

/** An answer as a message, and its turn among those that count. */
type Said = (answer: Answer, turn: number) => Message;

/** The conversation up to a question, or up to what tools gave back, as the model is asked. */
export function messagesOf(
  talk: Pick<TalkRecord, 'system' | 'turns'>,
  question: string,
  results?: readonly ToolResult[],
  say: Said = answered,
): Message[] {
  const counted = talk.turns.filter(counts);
  const asked = { prompt: question, ...(results && { results: [...results] }) };
  return [...saidIn(talk, say), ...askedIn(asked, counted.at(-1), counted.length - 1)];
}

/** All that was said, the system prompt first. */
export function saidIn({ system, turns }: Pick<TalkRecord, 'system' | 'turns'>, say: Said): Message[] {
  const counted = turns.filter(counts);
  const said = counted.flatMap((turn, i): Message[] => [
    ...askedIn(turn, counted[i - 1], i - 1),
    say(answerOf(turn)!, i),
  ]);
  return system.trim() ? [{ role: 'system', content: system }, ...said] : said;
}

/** Nine letters and digits, as Mistral's templates demand. */
const callId = (turn: number, call: number): string =>
  `call${String(turn % 1000).padStart(3, '0')}${String(call % 100).padStart(2, '0')}`;

function withIds(answer: Answer, turn: number): ToolCall[] {
  return callsOf(answer).map((call, i) => ({ ...call, id: call.id ?? callId(turn, i) }));
}

function askedIn({ prompt, results }: AskedWith, before: Turn | undefined, turn: number): Message[] {
  if (!results) return [{ role: 'user', content: prompt }];
  const caller = before && answerOf(before);
  const calls = caller ? withIds(caller, turn) : [];
  return results.map(({ name, content }, i): Message => {
    const id = calls[i]?.id;
    return { role: 'tool', content, name, ...(id !== undefined && { toolCallId: id }) };
  });
}

/** Thoughts stay in the text, as the model wrote them: templates know what becomes of those of earlier turns. */
function answered(answer: Answer, turn: number): Message {
  const toolCalls = withIds(answer, turn);
  const { reading = {} } = answer;
  const text = standingText(answer);
  if (!toolCalls.length) return { role: 'assistant', content: text.trim() };
  return { role: 'assistant', content: text.slice(0, answerParts(text, reading).callsFrom).trim(), toolCalls };
}

/** The same as rows hold it: the thought in a field of its own, which each template writes as its model wants it. */
export function answeredInRow(answer: Answer, turn: number): Message {
  const message = answerMessage(standingText(answer), answer.reading);
  return message.toolCalls ? { ...message, toolCalls: withIds(answer, turn) } : message;
}

/** The index of the first turn that the model still sees, where so many of the oldest messages are left out. */
export function firstSeen(turns: readonly Turn[], droppedMessages: number): number {
  let left = droppedMessages;
  const index = turns.findIndex((turn) => counts(turn) && (left -= 1 + (turn.results?.length ?? 1)) < 0);
  return droppedMessages === 0 ? 0 : index < 0 ? turns.length : index;
}

/** How much of which adapters, as a draft has kept it. */
export function togetherIn(kept: unknown): Together | undefined {
  const fields = fieldsOf(kept);
  const weight = numberIn(fields['weight'], 0, MOST_WEIGHT);
  if (weight === undefined) return undefined;
  const list: unknown[] = Array.isArray(fields['others']) ? fields['others'] : [];
  const others = list.flatMap((other) => {
    const [runId, share] = [textIn(fieldsOf(other)['runId']), numberIn(fieldsOf(other)['weight'], 0, MOST_WEIGHT)];
    return runId !== undefined && share !== undefined ? [{ runId, weight: share }] : [];
  });
  return { weight, others };
}

const LONGEST_NAME = 60;

/** How a talk began, in a line: the first message, or where that is empty the first answer. */
export function nameOf({ turns }: Pick<TalkRecord, 'turns'>): string {
  const [first] = turns;
  const line = (first?.prompt.trim() || first?.answers[0]?.text || '').trim().replace(/\s+/g, ' ');
  return line.length > LONGEST_NAME ? `${line.slice(0, LONGEST_NAME).trimEnd()}…` : line;
}

/** A talk as text, with roles as lines say them. */
export function transcript(
  { system, turns }: Pick<TalkRecord, 'system' | 'turns'>,
  say: (role: Role) => string,
): string {
  const part = (role: Role, text: string): string => `${say(role)}: ${text.trim()}`;
  const answer = (turn: Turn): string => {
    const one = answerOf(turn);
    return one ? standingText(one) : '';
  };
  const asked = ({ prompt, results }: AskedWith): string =>
    results
      ? results.map(({ name, content }) => part('tool', `${name}: ${content}`)).join('\n\n')
      : part('user', prompt);
  return [
    ...(system.trim() ? [part('system', system)] : []),
    ...turns.map((turn) =>
      turn.mode === 'text' ? turn.prompt + answer(turn) : `${asked(turn)}\n\n${part('assistant', answer(turn))}`,
    ),
  ].join('\n\n');
}

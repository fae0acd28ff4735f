// Turns as plain values: what the model reads of a talk, its name, its transcript. It holds no state.
import { answerParts } from '../../../base/answerParts';
import type { Message, Role, ToolCall } from '../../../base/conversation';
import type { Answer, TalkRecord, ToolResult, Turn } from '../../../base/records/talk';
import { MOST_WEIGHT, type Together } from '../../../base/records/together';
import { fieldsOf, numberIn, textIn } from '../../state/drafts';

export const answerOf = (turn: Turn): Answer | undefined => turn.answers[turn.goesOn] ?? turn.answers[0];

/** Turns that later ones stand on: of a conversation, and answered. */
const counts = (turn: Turn): boolean => turn.mode === 'chat' && !!answerOf(turn)?.text && !answerOf(turn)!.error;

/** A question, or what tools gave back. */
export type AskedWith = Pick<Turn, 'prompt' | 'results'>;

/** The calls that an answer makes; none where its template has no known way to write them. */
export const callsOf = ({ text, reading }: Answer): ToolCall[] => (reading ? answerParts(text, reading).calls : []);

/** The conversation up to a question, or up to what tools gave back, as the model is asked. */
export function messagesOf(
  { system, turns }: Pick<TalkRecord, 'system' | 'turns'>,
  question: string,
  results?: readonly ToolResult[],
): Message[] {
  const counted = turns.filter(counts);
  const said = counted.flatMap((turn, i): Message[] => [
    ...askedIn(turn, counted[i - 1], i - 1),
    answered(answerOf(turn)!, i),
  ]);
  const first: Message[] = system.trim() ? [{ role: 'system', content: system }] : [];
  const asked = { prompt: question, ...(results && { results: [...results] }) };
  return [...first, ...said, ...askedIn(asked, counted.at(-1), counted.length - 1)];
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
  const { text, reading = {} } = answer;
  if (!toolCalls.length) return { role: 'assistant', content: text.trim() };
  return { role: 'assistant', content: text.slice(0, answerParts(text, reading).callsFrom).trim(), toolCalls };
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
  const answer = (turn: Turn): string => answerOf(turn)?.text ?? '';
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

// Turns as plain values: what the model reads of a talk, its name, its transcript. It holds no state.
import type { Message, Role } from '../../../base/conversation';
import type { Answer, TalkRecord, Turn } from '../../../base/records/talk';
import { MOST_WEIGHT, type Together } from '../../../base/records/together';
import { fieldsOf, numberIn, textIn } from '../../state/drafts';

export const answerOf = (turn: Turn): Answer | undefined => turn.answers[turn.goesOn] ?? turn.answers[0];

/** Turns that later ones stand on: of a conversation, and answered. */
const counts = (turn: Turn): boolean => turn.mode === 'chat' && !!answerOf(turn)?.text && !answerOf(turn)!.error;

/** The conversation up to a question, as the model is asked. */
export function messagesOf({ system, turns }: Pick<TalkRecord, 'system' | 'turns'>, question: string): Message[] {
  const said = turns.filter(counts).flatMap((turn): Message[] => [
    { role: 'user', content: turn.prompt },
    { role: 'assistant', content: answerOf(turn)!.text.trim() },
  ]);
  const first: Message[] = system.trim() ? [{ role: 'system', content: system }] : [];
  return [...first, ...said, { role: 'user', content: question }];
}

/** The index of the first turn that the model still sees, where so many of the oldest messages are left out. */
export function firstSeen(turns: readonly Turn[], droppedMessages: number): number {
  let left = droppedMessages;
  const index = turns.findIndex((turn) => counts(turn) && (left -= 2) < 0);
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
  return [
    ...(system.trim() ? [part('system', system)] : []),
    ...turns.map((turn) =>
      turn.mode === 'text'
        ? turn.prompt + answer(turn)
        : `${part('user', turn.prompt)}\n\n${part('assistant', answer(turn))}`,
    ),
  ].join('\n\n');
}

// Stored rows as the steps of a recipe see them, and back: only texts change, whatever else a row holds stays.
import type { Conversation, Message, PreferencePair, Role } from '../../base/conversation';
import type { DatasetContent, StoredRow } from '../../base/records/dataset';
import type { CleanRow, RowPart } from '../../data/clean/step';

const KINDS: Record<Role, RowPart['kind']> = {
  system: 'system',
  user: 'question',
  assistant: 'answer',
  tool: 'tool',
};

/** What was thought before an answer is a part of its own. */
const partsIn = ({ role, content, reasoning }: Message): RowPart[] => [
  ...(reasoning === undefined ? [] : [{ kind: 'reasoning' as const, text: reasoning }]),
  { kind: KINDS[role], text: content },
];

export const cleanRow = ({ row, facts, id }: StoredRow, content: DatasetContent): CleanRow => ({
  id,
  parts: partsOf(row, content),
  facts,
  held: facts['split'] === 'validation',
});

function partsOf(row: string, content: DatasetContent): RowPart[] {
  if (content === 'text') return [{ kind: 'text', text: row }];
  if (content === 'chat') return (JSON.parse(row) as Conversation).messages.flatMap(partsIn);
  const { prompt, chosen, rejected } = JSON.parse(row) as PreferencePair;
  const good = chosen.flatMap(partsIn).map((part): RowPart => ({ ...part, side: 'chosen' }));
  const bad = rejected.flatMap(partsIn).map((part): RowPart => ({ ...part, kind: 'rejected', side: 'rejected' }));
  return [...prompt.flatMap(partsIn), ...good, ...bad];
}

/** A row after the steps, as it is stored: in the form of the one it was made of, or in one of its own. */
export const rowWith = (
  of: string | undefined,
  content: DatasetContent,
  { parts, own, exchanged }: CleanRow,
): string => (own || of === undefined ? rowOf(parts, content) : withTexts(of, content, parts, exchanged));

const ROLES: Partial<Record<RowPart['kind'], Role>> = { system: 'system', question: 'user', answer: 'assistant' };

/** A text, or a conversation; steps make no pairs. */
function rowOf(parts: readonly RowPart[], content: DatasetContent): string {
  if (content === 'text') return parts.map(({ text }) => text).join('\n');
  const messages = parts.map(({ kind, text }): Message => ({ role: ROLES[kind] ?? 'user', content: text }));
  return JSON.stringify({ messages } satisfies Conversation);
}

/**
 * The stored row with other texts in its parts, of which there are as many.
 * @param exchanged The two answers of a pair changed places
 */
function withTexts(row: string, content: DatasetContent, parts: readonly RowPart[], exchanged = false): string {
  if (content === 'text') return parts.map(({ text }) => text).join('\n');
  let at = 0;
  const text = (was: string): string => parts[at++]?.text ?? was;
  const next = (messages: readonly Message[]): Message[] =>
    messages.map(({ reasoning, ...message }) => ({
      ...message,
      ...(reasoning !== undefined && { reasoning: text(reasoning) }),
      content: text(message.content),
    }));
  if (content === 'chat') {
    const whole = JSON.parse(row) as Conversation;
    return JSON.stringify({ ...whole, messages: next(whole.messages) });
  }
  const pair = JSON.parse(row) as PreferencePair;
  const whole = exchanged ? { ...pair, chosen: pair.rejected, rejected: pair.chosen } : pair;
  return JSON.stringify({
    ...whole,
    prompt: next(whole.prompt),
    chosen: next(whole.chosen),
    rejected: next(whole.rejected),
  });
}

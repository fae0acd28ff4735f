// Stored rows as the steps of a recipe see them, and back: only texts change, whatever else a row holds stays.
import { isAugmented } from '../../base/records/augmented';
import type { Conversation, Message, PreferencePair, Role, ToolCall } from '../../base/conversation';
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
  ...(reasoning ? [{ kind: 'reasoning' as const, text: reasoning }] : []),
  { kind: KINDS[role], text: content },
];

export function cleanRow({ row, facts, id }: StoredRow, content: DatasetContent): CleanRow {
  const { parts, called } = content === 'text' ? { parts: [textPart(row)], called: [] } : partsOf(row, content);
  const texts = called.flatMap(({ calls, side }) => argumentTexts(calls).map((text) => argumentPart(text, side)));
  const calls = called.flatMap((one) => one.calls.map(withoutTexts));
  return {
    id,
    parts: [...parts, ...texts],
    ...(calls.length > 0 && { calls: JSON.stringify(calls) }),
    facts,
    held: facts['split'] === 'validation' && !isAugmented(facts),
  };
}

const textPart = (text: string): RowPart => ({ kind: 'text', text });
const argumentPart = (text: string, side: RowPart['side']): RowPart => ({
  kind: 'argument',
  text,
  ...(side && { side }),
});

interface Called {
  calls: readonly ToolCall[];
  side?: RowPart['side'];
}

function partsOf(row: string, content: DatasetContent): { parts: RowPart[]; called: Called[] } {
  if (content === 'chat') {
    const { messages } = JSON.parse(row) as Conversation;
    return { parts: messages.flatMap(partsIn), called: [{ calls: callsIn(messages) }] };
  }
  const { prompt, chosen, rejected } = JSON.parse(row) as PreferencePair;
  const good = chosen.flatMap(partsIn).map((part): RowPart => ({ ...part, side: 'chosen' }));
  const bad = rejected.flatMap(partsIn).map((part): RowPart => ({ ...part, kind: 'rejected', side: 'rejected' }));
  const called: Called[] = [
    { calls: callsIn(prompt) },
    { calls: callsIn(chosen), side: 'chosen' },
    { calls: callsIn(rejected), side: 'rejected' },
  ];
  return { parts: [...prompt.flatMap(partsIn), ...good, ...bad], called };
}

const callsIn = (messages: readonly Message[]): ToolCall[] => messages.flatMap(({ toolCalls = [] }) => toolCalls);

/** A value of JSON with another text for each of its texts, in their order. */
function mapTexts(value: unknown, to: (text: string) => string): unknown {
  if (typeof value === 'string') return to(value);
  if (Array.isArray(value)) return value.map((one) => mapTexts(one, to));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mapTexts(one, to)]));
}

function argumentTexts(calls: readonly ToolCall[]): string[] {
  const texts: string[] = [];
  mapTexts(
    calls.map((call) => call.arguments),
    (text) => {
      texts.push(text);
      return text;
    },
  );
  return texts;
}

const withoutTexts = ({ name, arguments: given }: ToolCall): unknown => [name, mapTexts(given, () => '')];

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
      ...(reasoning !== undefined && { reasoning: reasoning && text(reasoning) }),
      content: text(message.content),
    }));
  const given = (messages: readonly Message[]): Message[] =>
    messages.map(({ toolCalls, ...message }) => ({ ...message, ...(toolCalls && { toolCalls: calls(toolCalls) }) }));
  const calls = (of: readonly ToolCall[]): ToolCall[] =>
    of.map((call) => ({ ...call, arguments: mapTexts(call.arguments, text) as ToolCall['arguments'] }));
  if (content === 'chat') {
    const whole = JSON.parse(row) as Conversation;
    return JSON.stringify({ ...whole, messages: given(next(whole.messages)) });
  }
  const pair = JSON.parse(row) as PreferencePair;
  const whole = exchanged ? { ...pair, chosen: pair.rejected, rejected: pair.chosen } : pair;
  const [prompt, chosen, rejected] = [next(whole.prompt), next(whole.chosen), next(whole.rejected)];
  return JSON.stringify({ ...whole, prompt: given(prompt), chosen: given(chosen), rejected: given(rejected) });
}

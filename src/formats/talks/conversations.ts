// Chats as conversations with roles: who is the assistant, where one ends and the next begins, turns joined.
import type { Message } from '../../base/conversation';
import type { RowFacts } from '../../base/records/recipe';
import { GAP_HOURS, type TalkApp, type TalkChoices, type TalkFacts } from '../../base/records/talkExports';
import type { KnownTalk, ReadTalks, Said, Thread } from './talk';

export interface TalkRow {
  messages: Message[];
  facts: RowFacts;
}

const HOUR = 3_600_000;

/** The rows of an export, and what is to be told of them. */
export function talkRows(
  read: ReadTalks,
  app: TalkApp,
  choices: TalkChoices = {},
): { rows: TalkRow[]; facts: TalkFacts } {
  const speakers = speakersOf(read);
  const { media, system } = read;
  const knownRows = read.known.map(knownRow);
  if (!read.threads.length) return { rows: knownRows, facts: { app, speakers, media, system, unanswered: 0 } };
  const { gapHours = GAP_HOURS } = choices;
  const parts = read.threads.flatMap((thread) => cutAtGaps(thread, gapHours * HOUR));
  const names = speakers.map(({ name }) => name);
  const assistant = names.find((name) => name === choices.assistant) ?? usualAssistant(parts, names);
  const made = parts.map((part) => rowOfPart(part, assistant));
  return {
    rows: [...knownRows, ...made.flatMap(({ row }) => row ?? [])],
    facts: {
      ...{ app, speakers, assistant, gapHours, media, system },
      unanswered: made.reduce((sum, { unanswered }) => sum + unanswered, 0),
    },
  };
}

/** The most talkative first; of equals the one who speaks later, who more likely answers. */
function speakersOf({ threads, known }: ReadTalks): TalkFacts['speakers'] {
  const counts = new Map<string, number>();
  const count = (name: string): unknown => counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const { said } of threads) for (const { speaker } of said) count(speaker);
  for (const { messages } of known) for (const { role } of messages) count(role);
  const speakers = [...counts].map(([name, messages]) => ({ name, messages }));
  return speakers.reverse().sort((a, b) => b.messages - a.messages);
}

/** Speakers of which one is looked for who answers anyone. */
const MOST_TRIED = 20;

/** The first who answers: who begins each talk and never has the last word would leave no row. */
function usualAssistant(parts: readonly Thread[], names: readonly string[]): string {
  const answers = (name: string): boolean => parts.some((part) => rowOfPart(part, name).row !== undefined);
  return names.slice(0, MOST_TRIED).find(answers) ?? names[0] ?? '';
}

/** A chat in stretches between which nobody spoke for so many milliseconds; messages without a time stay together. */
function cutAtGaps({ name, said }: Thread, gap: number): Thread[] {
  const parts: Thread[] = [];
  let last: number | undefined;
  for (const message of said) {
    const apart = message.at !== undefined && last !== undefined && message.at - last > gap;
    if (!parts.length || apart) parts.push({ name, said: [] });
    parts.at(-1)!.said.push(message);
    last = message.at ?? last;
  }
  return parts;
}

/**
 * One stretch as a row: it begins with a question and ends with an answer; what stands around them is counted. Beside
 * more than one asker each of their turns begins with a name.
 */
function rowOfPart({ name, said }: Thread, assistant: string): { row?: TalkRow; unanswered: number } {
  const first = said.findIndex(({ speaker }) => speaker !== assistant);
  const last = said.findLastIndex(({ speaker }) => speaker === assistant);
  if (first < 0 || last < first) return { unanswered: said.length };
  const part = said.slice(first, last + 1);
  const askers = new Set(part.map(({ speaker }) => speaker).filter((speaker) => speaker !== assistant));
  const messages = joinedTurns(part, assistant, askers.size > 1);
  const facts: RowFacts = { source: name, ...dateFact(part[0]!.at), speaker: [...askers].join(', ') };
  return { row: { messages, facts }, unanswered: said.length - part.length };
}

/** Consecutive messages of one side are one turn, a line each. */
function joinedTurns(said: readonly Said[], assistant: string, named: boolean): Message[] {
  const turns: Message[] = [];
  let before: string | undefined;
  for (const { speaker, text } of said) {
    const role = speaker === assistant ? 'assistant' : 'user';
    const line = named && role === 'user' && speaker !== before ? `${speaker}: ${text}` : text;
    const turn = turns.at(-1);
    if (turn?.role === role) turn.content += `\n${line}`;
    else turns.push({ role, content: line });
    before = speaker;
  }
  return turns;
}

const dateFact = (at: number | undefined): RowFacts =>
  at === undefined ? {} : { date: new Date(at).toISOString().slice(0, 10) };

const knownRow = ({ name, messages, at }: KnownTalk): TalkRow => ({
  messages,
  facts: { ...(name !== '' && { source: name }), ...dateFact(at) },
});

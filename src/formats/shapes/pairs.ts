// Two answers to one question, the first of which was preferred, in the shapes that data sets publish them.
import type { Message, PreferencePair } from '../../base/conversation';
import { isObject, own } from '../json';
import { RowFields } from './columns';
import { transcriptOf } from './transcripts';
import { before, listOf, questionIn, singleTurn, systemOf, turnsIn } from './turns';
import { cellText, jsonList, refuseValue } from './values';

export function answerPairOf(fields: RowFields): PreferencePair | undefined {
  return namedPair(fields) ?? judgedPair(fields) ?? ratedPair(fields);
}

function namedPair(fields: RowFields): PreferencePair | undefined {
  const [good, bad] = [fields.find('chosen'), fields.find('rejected')];
  if (bad === undefined) return undefined;
  if (good === undefined) return worsePair(fields, bad);
  return mappedPair(fields, good, bad) ?? answerPair(fields, good, bad);
}

function answerPair(fields: RowFields, good: string, bad: string): PreferencePair | undefined {
  const [chosen, rejected] = [good, bad].map((column) => answersIn(fields, column));
  if (!chosen || !rejected) return undefined;
  const shared = sharedLength(chosen, rejected);
  const prompt = shared > 0 ? chosen.slice(0, shared) : promptOf(fields, [good, bad]);
  if (!prompt) return undefined;
  fields.use(good, 'chosen');
  fields.use(bad, 'rejected');
  const system = shared > 0 && chosen[0]!.role !== 'system' ? systemOf(fields) : [];
  if (shared > 0) passRepeats(fields, prompt, chosen);
  return { prompt: [...system, ...prompt], chosen: chosen.slice(shared), rejected: rejected.slice(shared) };
}

/** Columns that say once more what the answers hold, as those of UltraFeedback do, are no columns of their own. */
function passRepeats(fields: RowFields, prompt: readonly Message[], chosen: readonly Message[]): void {
  const asked = fields.find('question');
  const said = asked === undefined ? undefined : cellText(fields.peek(asked));
  if (asked !== undefined && prompt.some(({ content }) => content === said)) fields.use(asked, 'question');
  const listed = fields.find('messages');
  const list = listed === undefined ? undefined : jsonList(fields.peek(listed));
  if (listed === undefined || list?.length !== chosen.length || !list.every(isObject)) return;
  if (list.every((turn, i) => own(turn, 'content') === chosen[i]!.content)) fields.use(listed, 'messages');
}

const answersIn = (fields: RowFields, column: string): Message[] | undefined =>
  transcriptOf(fields.peek(column)) ?? turnsIn(fields, column, 'assistant');

/** A conversation, and what its last answer is better than, as ms-swift has it. */
function worsePair(fields: RowFields, bad: string): PreferencePair | undefined {
  const messages = listOf(fields) ?? singleTurn(fields);
  const worse = turnsIn(fields, bad, 'assistant');
  const last = messages?.findLastIndex(({ role }) => role !== 'assistant');
  if (!messages || !worse || last === undefined || last === messages.length - 1) return undefined;
  fields.use(bad, 'rejected');
  const prompt = messages.slice(0, last + 1);
  const shared = sharedLength(messages, worse);
  return { prompt, chosen: messages.slice(last + 1), rejected: worse.slice(shared > 0 ? prompt.length : 0) };
}

/** Two answers and a column that says which is better: true for the first, false for the second. */
const JUDGED: readonly [first: string, second: string, judge: string, verdict: (value: unknown) => unknown][] = [
  ['human_ref_a', 'human_ref_b', 'labels', (value) => ({ 1: true, 0: false })[String(value)]],
  ['response_0', 'response_1', 'better_response_id', (value) => ({ 0: true, 1: false })[String(value)]],
  ['response1', 'response2', 'overall_preference', (value) => (value === 0 ? undefined : Number(value) < 0)],
  ['response_a', 'response_b', 'winner', (value) => winner(value)],
  ['conversation_a', 'conversation_b', 'winner', (value) => winner(value)],
];

const winner = (value: unknown): boolean | undefined => {
  const said = String(value).toLowerCase();
  return /^(model_|response_)?a$/.test(said) ? true : /^(model_|response_)?b$/.test(said) ? false : undefined;
};

/** Most rows have none of these. */
const FIRST = JUDGED.map(([first]) => first);

function judgedPair(fields: RowFields): PreferencePair | undefined {
  if (!fields.hasAny(FIRST)) return undefined;
  for (const [first, second, judge, verdict] of fields.mapping ? [] : JUDGED) {
    const [a, b, by] = [fields.named(first), fields.named(second), fields.named(judge)];
    if (a === undefined || b === undefined || by === undefined) continue;
    const pair = pairBy(fields, [a, b, by], verdict(fields.peek(by)));
    if (pair) return pair;
  }
  return undefined;
}

/** The columns keep their uses whichever answer is better, so that a mapping says the same of all rows. */
function pairBy(
  fields: RowFields,
  [a, b, by]: readonly [first: string, second: string, judge: string],
  better: unknown,
): PreferencePair | undefined {
  const pair = typeof better === 'boolean' && answerPair(fields, better ? a : b, better ? b : a);
  if (!pair) return undefined;
  fields.use(a, 'chosen');
  fields.use(b, 'rejected');
  fields.use(by, 'verdict');
  return pair;
}

/**
 * Two answers of a mapping, of which a column says which is better; undefined where the row has no such column.
 * @throws row-value where it says neither, as of two that are equally good
 */
function mappedPair(fields: RowFields, a: string, b: string): PreferencePair | undefined {
  const by = fields.find('verdict');
  const mapped = fields.mapping?.columns.find(({ use }) => use === 'verdict')?.column;
  if (by === undefined) return mapped === undefined ? undefined : refuseValue(fields.at, mapped, undefined);
  const value = fields.peek(by);
  const known = JUDGED.find(([first, , judge]) => fields.named(first) === a && fields.named(judge) === by);
  const better = known ? known[3](value) : plainVerdict(value, a, b);
  return typeof better === 'boolean' ? pairBy(fields, [a, b, by], better) : refuseValue(fields.at, by, value);
}

/** The name of a column, `a` or `b`, `first` or `second`, 1 or 2; 0 means either, by who wrote it. */
function plainVerdict(value: unknown, a: string, b: string): boolean | undefined {
  const said = cellText(value)?.trim().toLowerCase();
  if (said === undefined) return undefined;
  if ([a.toLowerCase(), 'first', 'left', '1'].includes(said)) return true;
  return [b.toLowerCase(), 'second', 'right', '2'].includes(said) ? false : winner(said);
}

/** UltraFeedback's answers with their ratings: the best and the worst of them. */
function ratedPair(fields: RowFields): PreferencePair | undefined {
  const column = fields.mapping ? fields.find('chosen') : fields.named('completions');
  const rated = column === undefined ? undefined : jsonList(fields.peek(column))?.map(ratedAnswer);
  if (column === undefined || !rated?.every((answer) => answer !== undefined)) return undefined;
  const sorted = rated.sort((a, b) => b.rating - a.rating);
  const [best, worst] = [sorted[0], sorted.at(-1)];
  if (!best || !worst || best.rating === worst.rating) return undefined;
  const prompt = promptOf(fields, [column]);
  if (!prompt) return undefined;
  fields.use(column, 'chosen');
  fields.unread(column, fields.peek(column)); // with the answers between them and what judges said
  const said = (content: string): Message[] => [{ role: 'assistant', content }];
  return { prompt, chosen: said(best.text), rejected: said(worst.text) };
}

function ratedAnswer(answer: unknown): { text: string; rating: number } | undefined {
  if (!isObject(answer)) return undefined;
  const text = cellText(own(answer, 'response') ?? own(answer, 'completion'));
  const rating = Number(own(answer, 'overall_score') ?? own(answer, 'score') ?? NaN);
  return text === undefined || Number.isNaN(rating) ? undefined : { text, rating };
}

/**
 * Messages that both answers begin with: the question, where it is not told beside them. The last of each is the
 * answer, even if equal.
 */
function sharedLength(a: readonly Message[], b: readonly Message[]): number {
  const longest = Math.min(a.length, b.length) - 1;
  let shared = 0;
  while (shared < longest && JSON.stringify(a[shared]) === JSON.stringify(b[shared])) shared++;
  return shared;
}

/** The question beside two answers: messages, or a text under any of the names. */
function promptOf(fields: RowFields, answers: readonly string[]): Message[] | undefined {
  const nested = nestedPrompt(fields) ?? listOf(fields);
  if (nested) return nested;
  const names = [fields.find('question'), fields.named('context'), fields.named('history')];
  const column = names.find((name) => name !== undefined && !answers.includes(name));
  const asked = column === undefined ? undefined : questionIn(fields, column);
  return column === undefined || !asked ? undefined : before(fields, asked, column);
}

/** OpenAI's `{"input": {"messages": […], "tools": […]}}`. */
function nestedPrompt(fields: RowFields): Message[] | undefined {
  const column = fields.named('input');
  const input = column === undefined ? undefined : fields.peek(column);
  if (column === undefined || !isObject(input)) return undefined;
  const inner = new RowFields(input, fields.at);
  const messages = listOf(inner);
  if (!messages) return undefined;
  fields.use(column, 'messages');
  const tools = inner.find('tools');
  if (tools !== undefined) inner.use(tools, 'tools');
  fields.takeRest(inner, column);
  return messages;
}

/** Tools that stand beside the messages of `input`. */
export function nestedTools(fields: RowFields): unknown {
  const column = fields.named('input');
  const input = column === undefined ? undefined : fields.peek(column);
  return isObject(input) ? own(input, 'tools') : undefined;
}

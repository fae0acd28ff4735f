/** Conversations and pairs as token ids with the loss mask: which tokens a model learns to predict. */
import {
  isUsableWeight,
  type Conversation,
  type Message,
  type PreferencePair,
  type ToolSchema,
} from '../../base/conversation';
import { AtelierError } from '../../base/errors/errors';
import type { ThoughtUse } from '../../base/settings/tuneSettings';
import { withoutThoughts } from '../../base/thoughts';
import type { ChatTemplate, Span } from './chatTemplate';
import { quoted, renderedTokens } from './renderedTokens';
import { thoughtSpans } from './thoughtSpans';
import type { PlacedTokens, Tokenizer } from '../tokens/tokenizer';

/**
 * Tokens of a row, and how much each counts as a prediction: 0 for those that are only read; of an answer that was
 * judged as bad −1.
 */
export interface GradedRow {
  ids: Uint32Array;
  weights: Float32Array;
}

/**
 * A conversation as training reads it: rendered by the model's template, the assistant's parts graded, each by its
 * message's weight, up to and with the token that ends the turn. Special tokens are those that the template wrote: the
 * same characters in a message are text.
 * @throws template-*, message-weight in rows that were kept before weights had a range
 */
export function conversationRow(
  messages: readonly Message[],
  template: ChatTemplate,
  tokenizer: Tokenizer,
  tools?: readonly ToolSchema[],
  thoughts: ThoughtUse = 'learn',
): GradedRow {
  messages.forEach(({ weight = 1 }, i) => {
    if (!isUsableWeight(weight)) throw new AtelierError('message-weight', { message: i + 1, found: String(weight) });
  });
  const said = thoughts === 'drop' ? withoutThoughts(messages) : messages;
  const asWritten = quoted(said, tokenizer);
  const asTools = tools && quoted(tools, tokenizer);
  const rendered = template.spans(asWritten, asTools);
  const row = renderedTokens(rendered.text, tokenizer);
  const weights = new Float32Array(row.ids.length);
  for (const span of rendered.spans) grade(weights, row, span, said[span.message]!.weight ?? 1, tokenizer);
  const read = thoughts === 'read' ? thoughtSpans(template, asWritten, rendered, asTools) : [];
  for (const { start, end } of read)
    row.ids.forEach((_, i) => void (row.starts[i]! >= start && row.ends[i]! <= end && (weights[i] = 0)));
  return { ids: row.ids, weights };
}

/**
 * A conversation cut after each answer that counts: what the model sees when it gives that one, the earlier ones only
 * read. Where none counts, the conversation as it is.
 */
export function untilEachAnswer({ messages, ...rest }: Conversation): Conversation[] {
  const cut = messages.flatMap(({ role, weight }, last): Conversation[] => {
    if (role !== 'assistant' || weight === 0) return [];
    const until = messages.slice(0, last + 1).map((message, i) => (i < last ? { ...message, weight: 0 } : message));
    return [{ ...rest, messages: until }];
  });
  return cut.length ? cut : [{ ...rest, messages }];
}

/** Both rows of a pair; only the answers that differ are graded. */
export function preferenceRows(
  { prompt, chosen, rejected, tools }: PreferencePair,
  template: ChatTemplate,
  tokenizer: Tokenizer,
  thoughts?: ThoughtUse,
): { chosen: GradedRow; rejected: GradedRow } {
  const asked = prompt.map((message) => ({ ...message, weight: 0 }));
  const row = (answer: readonly Message[]) =>
    conversationRow([...asked, ...answer], template, tokenizer, tools, thoughts);
  return { chosen: row(chosen), rejected: row(rejected) };
}

/** An answer that someone judged, with all that was said before it. */
export interface JudgedAnswer {
  prompt: Message[];
  answer: Message[];
  isGood: boolean;
  tools?: ToolSchema[];
}

/**
 * The answers of a conversation or of a pair with their marks: of a conversation the last one, bad where it is not to
 * be trained; none where nothing is answered.
 */
export function judgedIn(row: Conversation | PreferencePair): JudgedAnswer[] {
  const tools = row.tools && { tools: row.tools };
  if ('prompt' in row) {
    const of = (answer: Message[], isGood: boolean) => ({ prompt: row.prompt, answer, isGood, ...tools });
    return [of(row.chosen, true), of(row.rejected, false)];
  }
  const last = row.messages.findLastIndex(({ role }) => role === 'assistant');
  if (last < 0) return [];
  const answer = row.messages[last]!;
  return [{ prompt: row.messages.slice(0, last), answer: [answer], isGood: answer.weight !== 0, ...tools }];
}

/** A judged answer as training reads it: it alone is graded, with −1 where it is bad. */
export function judgedRow(
  judged: JudgedAnswer,
  template: ChatTemplate,
  tokenizer: Tokenizer,
  thoughts?: ThoughtUse,
): GradedRow {
  const { prompt, answer, isGood, tools } = judged;
  const weighed = (messages: readonly Message[], weight: number) => messages.map((message) => ({ ...message, weight }));
  const messages = [...weighed(prompt, 0), ...weighed(answer, 1)];
  const { ids, weights } = conversationRow(messages, template, tokenizer, tools, thoughts);
  return { ids, weights: isGood ? weights : weights.map((weight) => (weight > 0 ? -1 : 0)) };
}

/**
 * The ids of a prompt: a conversation that the assistant is to continue.
 * @throws template-*
 */
export function promptIds(
  messages: readonly Message[],
  template: ChatTemplate,
  tokenizer: Tokenizer,
  tools?: readonly ToolSchema[],
): Uint32Array {
  const options = { addGenerationPrompt: true, ...(tools && { tools: quoted(tools, tokenizer) }) };
  return renderedTokens(template.render(quoted(messages, tokenizer), options), tokenizer).ids;
}

/**
 * Grades the tokens that reach into a span. Where the template does not say so itself, none after the special token
 * that ends the turn: the line end behind it is the template's, and no model has to learn it.
 */
function grade(
  weights: Float32Array,
  { ids, starts, ends }: PlacedTokens,
  { start, end, marked }: Span,
  weight: number,
  tokenizer: Tokenizer,
): void {
  // the bytes of one character begin at one place: a token may have no length here
  const inside = Array.from(ids.keys()).filter((i) => starts[i]! < end && (starts[i]! >= start || ends[i]! > start));
  const turnEnd = (marked ? undefined : inside.findLast((i) => tokenizer.isSpecial(ids[i]!))) ?? Infinity;
  for (const i of inside) if (i <= turnEnd) weights[i] = weight;
}

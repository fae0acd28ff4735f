// A row of an evaluation as tokens: as one of its models reads it, by its template or as plain text.
import { spokenLines, writtenText, type Message } from '../../base/conversation';
import type { EvaluatedModel, EvaluatedRow, EvaluationRecord } from '../../base/records/evaluation';
import type { GradedRow } from '../../data/chat/gradedRow';
import type { PlacedRow, RowTokens } from '../score/rowTokens';

/** Who reads it, and how it reads thoughts. */
export interface ReadBy {
  model: EvaluatedModel;
  record: Pick<EvaluationRecord, 'thoughts'>;
}

/** As lm-evaluation-harness measures texts: the token that ends one is no part of it. */
function withoutEnd({ ids, weights }: GradedRow): GradedRow {
  return { ids, weights: weights.map((weight, i) => (i === ids.length - 1 ? 0 : weight)) };
}

/** Every answer of a row that is graded counts once, whatever it weighs in training. */
function evenly({ ids, weights }: GradedRow): GradedRow {
  return { ids, weights: weights.map((weight) => Number(weight > 0)) };
}

/** A text whole; of a conversation its answers, written by the template or as plain lines. @throws template-* */
export function gradedOf({ model, record }: ReadBy, row: EvaluatedRow, tokens: RowTokens): GradedRow {
  const { asked, answer = [], tools } = row;
  if (typeof asked === 'string') return withoutEnd(tokens.row(asked, 'text'));
  if (model.writing === 'plain') return tokens.continuation(plainPrompt(asked), ` ${plainAnswer(answer)}`);
  return evenly(tokens.talk({ messages: [...asked, ...answer], ...(tools && { tools }) }, record.thoughts));
}

export const plainPrompt = (asked: readonly Message[]): string => `${spokenLines(asked)}\nassistant:`;
const plainAnswer = (answer: readonly Message[]): string => answer.map(writtenText).join('\n');

/** The preferred answer of a pair and the other one, each behind the prompt. @throws template-* */
export function pairRows(
  { model, record }: ReadBy,
  { asked, answer = [], rejected = [], tools }: EvaluatedRow,
  tokens: RowTokens,
): readonly GradedRow[] {
  const prompt = asked as Message[];
  if (model.writing === 'plain')
    return [answer, rejected].map((said) => tokens.continuation(plainPrompt(prompt), ` ${plainAnswer(said)}`));
  return tokens.pair({ prompt, chosen: answer, rejected, ...(tools && { tools }) }, record.thoughts);
}

/**
 * All that is written of a row, token by token as `gradedOf` reads it but for an end token behind it.
 * @throws template-*
 */
export function placedOf(
  { model, record }: ReadBy,
  { asked, answer = [], tools }: EvaluatedRow,
  tokens: RowTokens,
): PlacedRow {
  if (typeof asked === 'string') return tokens.placedText(asked);
  if (model.writing === 'plain') return tokens.placedText(`${plainPrompt(asked)} ${plainAnswer(answer)}`);
  return tokens.placedTalk({ messages: [...asked, ...answer], ...(tools && { tools }) }, record.thoughts);
}

// A talk as rows of a dataset: one conversation with what is graded, its tools and its thoughts. It stores nothing.
import { publishedMessage } from '../../../base/conversation';
import type { DatasetContent } from '../../../base/records/dataset';
import type { FeedbackRecord } from '../../../base/records/feedback';
import { standingText, type Answer, type TalkRecord } from '../../../base/records/talk';
import { answeredInRow, answerOf, counts, saidIn } from './talk';

export interface TalkRows {
  content: DatasetContent;
  rows: Record<string, unknown>[];
}

type FeedbackOf = (answer: Answer) => FeedbackRecord | undefined;

/**
 * The conversation as one row, in which every answer is graded but those with a thumb down that nobody edited; where
 * nothing was answered in it, each text that was carried on. Without rows there is nothing to keep.
 */
export function rowsOfTalk(talk: TalkRecord, feedbackOf: FeedbackOf): TalkRows {
  const said = talk.turns.filter(counts);
  if (!said.length) return { content: 'text', rows: textRows(talk) };
  const isBad = (answer: Answer): boolean => answer.edited === undefined && feedbackOf(answer)?.thumb === 'down';
  const messages = saidIn(talk, (answer, turn) => ({
    ...answeredInRow(answer, turn),
    ...(isBad(answer) && { weight: 0 }),
  }));
  const tools = said.findLast((turn) => turn.tools)?.tools;
  const [last] = said.slice(-1).map(answerOf);
  const row = { messages: messages.map(publishedMessage), ...(tools && { tools }), ...originOf(talk, last) };
  return { content: 'chat', rows: [row] };
}

function textRows(talk: TalkRecord): Record<string, unknown>[] {
  return talk.turns.flatMap((turn) => {
    const answer = turn.mode === 'text' ? answerOf(turn) : undefined;
    if (!answer || answer.error || standingText(answer) === '') return [];
    return [{ text: turn.prompt + standingText(answer), ...originOf(talk, answer) }];
  });
}

function originOf(talk: TalkRecord, answer: Answer | undefined): Record<string, unknown> {
  const { from, sampling } = answer ?? {};
  return {
    origin: 'chat',
    ...(from && { model: from.step === undefined ? from.name : `${from.name} · step ${from.step}` }),
    ...(from?.weightsId !== undefined && { weights_id: from.weightsId }),
    ...(sampling && { sampling: JSON.stringify(sampling) }),
    time: new Date(talk.updatedAt).toISOString(),
    talk: talk.id,
  };
}

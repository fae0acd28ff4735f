// An answer of a talk as a check: what was asked with all that stood before it. It stores nothing.
import type { PromptCheck } from '../../../base/records/checks';
import { answerMessage } from '../../../base/answerMessage';
import { standingText, type Answer, type TalkRecord } from '../../../base/records/talk';
import { answeredInRow, messagesOf } from './talk';

/** The check expects nothing yet; beside it what the answer says, without its thought. */
export function keptCheck(talk: TalkRecord, at: number, answer: Answer): { check: PromptCheck; answer: string } {
  const turn = talk.turns[at]!;
  const before = { system: turn.system ?? talk.system, turns: talk.turns.slice(0, at) };
  const isText = turn.mode === 'text';
  const asked = isText ? [] : messagesOf(before, turn.prompt, turn.results, answeredInRow);
  const said = standingText(answer);
  const check: PromptCheck = {
    ...{ id: crypto.randomUUID(), name: turn.prompt.trim().slice(0, 60), asked, expects: [] },
    ...(isText && { beginning: turn.prompt }),
    ...(turn.tools && { tools: turn.tools }),
  };
  return { check, answer: isText ? said : answerMessage(said, answer.reading).content };
}

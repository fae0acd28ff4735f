// An answer as rows of a dataset hold it: its thought apart from its words, its calls as values. It reads no file.
import { answerParts } from './answerParts';
import type { AnswerReading } from './callFormat';
import type { Message } from './conversation';

const TAGS = /^\s*(?:<think>)?|<\/think>\s*$/g;

/** What cannot be read as a call stays in its words; a thought that never ended is all that it says. */
export function answerMessage(text: string, reading: AnswerReading = {}): Message {
  const { thoughtEnd, callsFrom, calls, broken } = answerParts(text, reading);
  const said = broken === undefined ? text.slice(thoughtEnd, callsFrom) : text.slice(thoughtEnd);
  const reasoning = text.slice(0, thoughtEnd).replace(TAGS, '').trim();
  return {
    role: 'assistant',
    content: said.trim(),
    ...(thoughtEnd > 0 && { reasoning }),
    ...(broken === undefined && calls.length > 0 && { toolCalls: calls }),
  };
}

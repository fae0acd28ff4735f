// Reads what a model wrote: what it thought, what it says, and the calls of tools that it makes. It changes nothing.
import type { AnswerReading, CallFormat } from './callFormat';
import type { ToolCall } from './conversation';
import { readCalls } from './readCalls';

export interface AnswerParts {
  /** Characters of the text that are the thought with its tags; 0 where there is none. */
  thoughtEnd: number;
  /** The thought has ended. */
  thoughtClosed: boolean;
  /** Where the calls begin; the length of the text where there are none. */
  callsFrom: number;
  calls: ToolCall[];
  /** What begins as a call and cannot be read as one. */
  broken?: string;
}

const OPENING = /^\s*<think>/;
const CLOSING = /<\/think>\s*/;

/** @param whole the answer has ended: what is unfinished then is broken */
export function answerParts(text: string, { calls, opensThought }: AnswerReading, whole = true): AnswerParts {
  const thinks = opensThought === true || OPENING.test(text);
  const closing = thinks ? CLOSING.exec(text) : undefined;
  const thoughtEnd = !thinks ? 0 : closing ? closing.index + closing[0].length : text.length;
  const thought = { thoughtEnd, thoughtClosed: Boolean(closing) };
  const found = calls && (!thinks || closing) ? callsBehind(text, thoughtEnd, calls) : undefined;
  if (!found || (!whole && found.broken !== undefined)) return { ...thought, callsFrom: text.length, calls: [] };
  return { ...thought, ...found };
}

function callsBehind(
  text: string,
  from: number,
  format: CallFormat,
): Omit<AnswerParts, 'thoughtEnd' | 'thoughtClosed'> | undefined {
  const read = readCalls(text.slice(from), format);
  return read && { ...read, callsFrom: from + read.callsFrom };
}

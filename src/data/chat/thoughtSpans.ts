/** Where thoughts and their tags stand in a rendered conversation; which of them are learned stands elsewhere. */
import type { Message, ToolSchema } from '../../base/conversation';
import { withThought } from '../../base/thoughts';
import { cutAtMarks, type ChatTemplate, type Rendered } from './chatTemplate';

/** Around what was thought; private-use characters, as the marks of a template's own. */
const MARKS = ['\uE004', '\uE005'] as const;
const OPENING = /\s*<think>\s*$/;
const CLOSING = /^\s*<\/think>\s*/;
/** A block where an answer begins, an empty one too; the prompt may have opened it. */
const BLOCK = /^\s*<think>[\s\S]*?<\/think>\s*/;
const OPENED = /^[\s\S]*?<\/think>\s*/;

type Place = Record<'start' | 'end', number>;

/**
 * The thoughts before all answers that a template wrote. What each message thought is found wherever the template put
 * it; blocks that it writes by itself, where nothing was thought, only at the beginning of answers.
 * @throws template-*
 */
export function thoughtSpans(
  template: ChatTemplate,
  messages: readonly Message[],
  { text, spans }: Rendered,
  tools?: readonly ToolSchema[],
): Place[] {
  const marked = messages.map((message) => withThought(message, (thought) => MARKS.join(thought)));
  const found = cutAtMarks(template.render(marked, { ...(tools && { tools }) }), MARKS);
  const told = found.text === text ? found.spans.map((place) => withTags(text, place)) : [];
  return [...told, ...spans.flatMap((span) => blockAt(text, span))];
}

function withTags(text: string, { start, end }: Place): Place {
  const before = OPENING.exec(text.slice(0, start));
  const behind = CLOSING.exec(text.slice(end));
  return { start: before?.index ?? start, end: end + (behind?.[0].length ?? 0) };
}

function blockAt(text: string, { start, end }: Place): Place[] {
  const opened = OPENING.test(text.slice(0, start));
  const block = (opened ? OPENED : BLOCK).exec(text.slice(start, end));
  return block ? [{ start, end: start + block[0].length }] : [];
}

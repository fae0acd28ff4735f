// Messages as a chat template finds them: with the names and the shapes that transformers gives it.
import { publishedCall, type Message, type ToolCall } from '../../base/conversation';

/** What a template writes beside the words of messages, by the names that it asks for. */
export interface TemplateUse {
  /** Calls of tools in answers. */
  calls: boolean;
  /** What the tools are. */
  tools: boolean;
  /** The name under which it reads what was thought before an answer; undefined where it has none. */
  reasoning: string | undefined;
}

const REASONING = ['reasoning_content', 'reasoning', 'thinking'];

/** @param source of the template */
export function namedIn(source: string): TemplateUse {
  const asksFor = (name: string): boolean => new RegExp(`(?:\\.|\\[['"]|['"])${name}\\b`).test(source);
  return {
    calls: asksFor('tool_calls'),
    tools: /(?<![\w.])tools\b/.test(source.replace(/\{#[\s\S]*?#\}/g, '')),
    reasoning: REASONING.find(asksFor),
  };
}

/**
 * Reads messages for one template. What was thought stands in the content as `<think>` where the template has no name
 * for it; an answer that is nothing but calls has no content where the template asks whether there is one.
 */
export function messageReader(source: string): (message: Message) => Record<string, unknown> {
  const { reasoning: name, calls } = namedIn(source);
  // as DeepSeek's do, which take them as text; a filter behind them takes what they are, and so does a key
  const joins = /\+\s*[\w.[\]'"]+arguments\b(?!['"]?\]?\s*[|[.])/.test(source);
  const asksForNone = calls && /(?<!\w)content(?:['"]\])?\s+is\s+(?:not\s+)?none/i.test(source); // not reasoning_content
  // as DeepSeek-R1's, which writes what stands in the content or the calls, never both
  const callsAlone = /['"]assistant['"]\s+and\s+[\w.]+(?:\[['"]|\.)content(?:['"]\])?\s+is\s+none/.test(source);
  return ({ role, content, toolCalls, toolCallId, name: speaker, reasoning }) => {
    const thought = reasoning && name === undefined ? `<think>\n${reasoning}\n</think>\n\n` : '';
    const empty = asksForNone && toolCalls && content === '' && (thought === '' || callsAlone);
    return {
      role,
      content: empty ? null : thought + content,
      ...(reasoning !== undefined && name !== undefined && { [name]: reasoning }),
      ...(toolCalls && { tool_calls: toolCalls.map((call) => publishedCall(joins ? inText(call) : call)) }),
      ...(toolCallId !== undefined && { tool_call_id: toolCallId }),
      ...(speaker !== undefined && { name: speaker }),
    };
  };
}

const inText = (call: ToolCall): ToolCall => ({
  ...call,
  arguments: typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments),
});

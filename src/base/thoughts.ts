// What was thought before an answer: a field of its message, or a block `<think>…</think>` where its text begins.
import type { Message } from './conversation';

/** The opening tag, what was thought, the closing tag; each with the blanks around it. */
const BLOCK = /^(\s*<think>\s*)([\s\S]*?)(\s*<\/think>\s*)/;

/** Whether something was thought before it. */
export const isThoughtful = ({ role, content, reasoning }: Message): boolean =>
  role === 'assistant' && Boolean(reasoning?.trim() ?? BLOCK.exec(content)?.[2]);

const changed =
  (change: (thought: string) => string) =>
  (_: string, open: string, core: string, close: string): string =>
    `${open}${change(core)}${close}`;

/** The message with what was thought before it changed, which stands without the blanks around it; else as it is. */
export function withThought(message: Message, change: (thought: string) => string): Message {
  if (!isThoughtful(message)) return message;
  const { reasoning, content } = message;
  if (reasoning?.trim()) return { ...message, reasoning: reasoning.replace(reasoning.trim(), change) };
  return { ...message, content: content.replace(BLOCK, changed(change)) };
}

/** Messages without what was thought; an answer that was nothing else is only read. */
export const withoutThoughts = (messages: readonly Message[]): Message[] =>
  messages.map((message) => {
    if (message.role !== 'assistant') return message;
    const { reasoning: _thought, ...rest } = message;
    const content = rest.content.replace(BLOCK, '');
    const silent = content.trim() === '' && !rest.toolCalls && isThoughtful(message);
    return { ...rest, content, ...(silent && { weight: 0 }) };
  });

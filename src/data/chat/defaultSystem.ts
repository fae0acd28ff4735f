/** The system message that a template writes where a conversation has none. */
import type { ChatTemplate } from './chatTemplate';

/** How templates write a system turn, for those markups that have one. */
const SYSTEM_TURNS = [
  /<\|im_start\|>system\n([\s\S]*?)<\|im_end\|>/,
  /<\|start_header_id\|>system<\|end_header_id\|>\n\n([\s\S]*?)<\|eot_id\|>/,
];

/**
 * What a template tells a model to be where a conversation does not: "You are Qwen, …". Undefined where it says
 * nothing, or cannot be run. Programs with templates of their own do not say it by themselves.
 */
export function systemIn(template: ChatTemplate): string | undefined {
  let text: string;
  try {
    text = template.render([{ role: 'user', content: 'a' }]);
  } catch {
    return undefined;
  }
  const found = SYSTEM_TURNS.map((turn) => turn.exec(text)?.[1]).find((system) => system !== undefined);
  return found?.trim() || undefined;
}

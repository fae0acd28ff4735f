// Conversations that are written as one text with a speaker's name before each turn, as older data sets have them.
import type { Message, Role } from '../../base/conversation';

/** `Human:` of Anthropic, `### Human:` of Guanaco, `USER:` of Vicuna, `FUNCTION RESPONSE:` of Glaive. */
const SPEAKER = '[ \\t]*(?:#{2,3} ?)?(Human|H|User|USER|Assistant|A|ASSISTANT|System|SYSTEM|FUNCTION RESPONSE):[ \\t]?';
const MARKER = new RegExp(`(?:^|\\n)${SPEAKER}`, 'g');
const FIRST = new RegExp(`^${SPEAKER}`);

const ROLES: Readonly<Record<string, Role>> = {
  human: 'user',
  h: 'user',
  user: 'user',
  assistant: 'assistant',
  a: 'assistant',
  system: 'system',
  'function response': 'tool',
};

/**
 * The turns of a text that begins with a speaker and has both; undefined for any other text. An opening without a word
 * behind it, as prompts end with, is no turn.
 */
export function transcriptOf(value: unknown): Message[] | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trimStart();
  if (!FIRST.test(text)) return undefined;
  const marks = [...text.matchAll(MARKER)];
  const turns = marks.map((mark, i): Message => {
    const content = text.slice(mark.index + mark[0].length, marks[i + 1]?.index).replace(/<\|endoftext\|>/g, '');
    return { role: ROLES[mark[1]!.toLowerCase()]!, content: content.trim() };
  });
  const spoken = new Set(turns.map(({ role }) => role));
  if (!spoken.has('user') || !spoken.has('assistant')) return undefined;
  return turns.filter(({ content }) => content !== '');
}

// The stretches of a text that are words of a person: not code, calls of tools, markup, formulas, addresses or
// placeholders, in which a changed word would be a fault.

const PARTS = [
  '(`{3,}|~{3,})[\\s\\S]*?(?:\\1|$)', // a fence, open to the end where it is not closed
  '`[^`\\n]+`',
  '<(tool_calls?|tool_responses?|function_calls?|function|tools|think)\\b[^>]*>[\\s\\S]*?(?:</\\2>|$)',
  '\\[(?:TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS)\\][^\\n]*',
  '<\\|[^|<>\\n]*\\|>', // special tokens
  '</?[a-zA-Z][^<>\\n]*>',
  '\\$\\$[\\s\\S]*?\\$\\$',
  '\\b(?:https?://|www\\.)\\S+',
  '[\\w.+-]+@[\\w-]+(?:\\.[\\w-]+)+',
  '\\[[A-Z]+(?:_[A-Z]+)*_\\d+\\]', // placeholders of personal data
];
const CODE = new RegExp(PARTS.join('|'), 'gu');

/** The text with its stretches outside code rewritten; a text that is JSON as a whole stays. */
export function outsideCode(text: string, rewrite: (stretch: string) => string): string {
  if (isJson(text)) return text;
  let [written, from] = ['', 0];
  const take = (to: number): void => void (written += to > from ? rewrite(text.slice(from, to)) : '');
  for (const { 0: code, index } of text.matchAll(CODE)) {
    take(index);
    written += code;
    from = index + code.length;
  }
  take(text.length);
  return written;
}

function isJson(text: string): boolean {
  if (!/^\s*[{[]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Puts other text in place of stretches of a text, and keeps JSON what it was. */

/** A stretch in UTF-16 units, and what stands there afterwards. */
interface Substitute {
  start: number;
  end: number;
  by: string;
}

function put(text: string, stretches: readonly Substitute[], by: (one: Substitute) => string): string {
  let out = '';
  let at = 0;
  for (const one of stretches) {
    out += text.slice(at, one.start) + by(one);
    at = one.end;
  }
  return out + text.slice(at);
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** A number of JSON, which is no string yet. */
const isBare = (text: string, { start, end }: Substitute): boolean =>
  /(?:^|[:,[\s])$/.test(text.slice(Math.max(0, start - 1), start)) &&
  /^\s*(?:[,\]}]|$)/.test(text.slice(end, end + 20));

/** @param stretches in order and apart from each other */
export function replaceSpans(text: string, stretches: readonly Substitute[]): string {
  const replaced = put(text, stretches, ({ by }) => by);
  if (!/^\s*[[{]/.test(text) || isJson(replaced) || !isJson(text)) return replaced;
  return put(text, stretches, (one) => (isBare(text, one) ? JSON.stringify(one.by) : one.by));
}

/** Which tokens of a conversation are tools, calls, results or thoughts, wherever its template put them. */
import type { Conversation, Message, ToolSchema } from '../../base/conversation';
import type { ThoughtUse } from '../../base/settings/tuneSettings';
import { withoutThoughts } from '../../base/thoughts';
import type { TokenPart } from '../../base/wire/requests';
import type { Tokenizer } from '../tokens/tokenizer';
import { attempt } from './callFormats';
import { cutAtMarks, type ChatTemplate, type Rendered } from './chatTemplate';
import { quoted, renderedTokens } from './renderedTokens';
import { thoughtSpans } from './thoughtSpans';

/** Around what a message says; private use, as the marks of a template's own. */
const MARKS = ['\uE006', '\uE007'] as const;

interface Place {
  start: number;
  end: number;
  part: TokenPart;
}

/** The ids of a conversation, as training reads it, and of each what it is a part of; undefined: words and markup. */
export function tokenParts(
  { messages, tools }: Conversation,
  template: ChatTemplate,
  tokenizer: Tokenizer,
  thoughts: ThoughtUse = 'learn',
): { ids: Uint32Array; parts: (TokenPart | undefined)[] } {
  const said = quoted(thoughts === 'drop' ? withoutThoughts(messages) : messages, tokenizer);
  const given = tools && quoted(tools, tokenizer);
  const rendered = renderedOf(template, said, given);
  const places = placesOf(template, said, rendered, given);
  const { ids, starts, ends } = renderedTokens(rendered.text, tokenizer);
  const parts = Array.from(ids, (): TokenPart | undefined => undefined);
  for (const { start, end, part } of places) {
    const inside = [...ids.keys()].filter((i) => starts[i]! < end && (starts[i]! >= start || ends[i]! > start));
    // the token that ends the turn closes the answer, not its call
    const turnEnd = part === 'call' ? inside.findLast((i) => tokenizer.isSpecial(ids[i]!)) : undefined;
    for (const i of inside) if (i < (turnEnd ?? Infinity)) parts[i] ??= part;
  }
  return { ids, parts };
}

/** With the parts of all answers, also of those that do not count; none where the template does not tell them. */
function renderedOf(template: ChatTemplate, messages: readonly Message[], tools?: readonly ToolSchema[]): Rendered {
  const counting = messages.map(({ weight: _weight, ...message }) => message);
  return (
    attempt(() => template.spans(counting, tools)) ?? {
      text: template.render(messages, { ...(tools && { tools }) }),
      spans: [],
    }
  );
}

function placesOf(
  template: ChatTemplate,
  messages: readonly Message[],
  rendered: Rendered,
  tools?: readonly ToolSchema[],
): Place[] {
  const thoughts = attempt(() => thoughtSpans(template, messages, rendered, tools)) ?? [];
  const contents = contentPlaces(template, messages, rendered, tools);
  const results = [...contents].filter(([message]) => messages[message]!.role === 'tool').map(([, place]) => place);
  const calls = rendered.spans
    .filter(({ message }) => messages[message]!.toolCalls)
    .map(({ start, end, message }) => {
      const inside = [contents.get(message), ...thoughts].filter((one) => one && one.start < end && one.end > start);
      return { start: Math.max(start, ...inside.map((one) => one!.end)), end };
    });
  return [
    ...thoughts.map((place): Place => ({ ...place, part: 'thought' })),
    ...results.map((place): Place => ({ ...place, part: 'result' })),
    ...calls.map((place): Place => ({ ...place, part: 'call' })),
    ...toolPlaces(template, messages, rendered, tools).map((place): Place => ({ ...place, part: 'tools' })),
  ];
}

type Stretch = Omit<Place, 'part'>;

/** Where the template put what each message says, by the number of the message. */
function contentPlaces(
  template: ChatTemplate,
  messages: readonly Message[],
  { text }: Rendered,
  tools?: readonly ToolSchema[],
): Map<number, Stretch> {
  const saying = messages.flatMap(({ role, content, toolCalls }, i) =>
    content.trim() && (role === 'tool' || toolCalls) ? [i] : [],
  );
  const marked = messages.map((message, i) =>
    saying.includes(i) ? { ...message, content: message.content.replace(message.content.trim(), MARKED) } : message,
  );
  const found = attempt(() => cutAtMarks(template.render(marked, { ...(tools && { tools }) }), MARKS));
  const told = found?.text === text && found.spans.length === saying.length;
  return new Map(told ? saying.map((message, i) => [message, found.spans[i]!]) : []);
}

const MARKED = (core: string): string => MARKS.join(core);

/** What the tools add to the text: what a template writes about them, too. */
function toolPlaces(
  template: ChatTemplate,
  messages: readonly Message[],
  { text }: Rendered,
  tools?: readonly ToolSchema[],
): Stretch[] {
  const without = tools?.length ? attempt(() => template.render(messages)) : undefined;
  if (without === undefined || without.length >= text.length) return [];
  let behind = 0;
  while (behind < without.length && text.at(-1 - behind) === without.at(-1 - behind)) behind++;
  let start = 0;
  while (start < without.length - behind && text[start] === without[start]) start++;
  return [{ start, end: text.length - behind }];
}

/** How a chat template writes calls of tools, found out by letting it write one. Answers are read elsewhere. */
import type { CallFormat } from '../../base/callFormat';
import type { Message, ToolSchema } from '../../base/conversation';
import { AtelierError } from '../../base/errors/errors';
import { asObject, objectEnd } from '../../base/readCalls';
import type { ChatTemplate } from './chatTemplate';

const NAME = 'name_of_the_tool';
const [KEY, VALUE] = ['key_of_it', 'value_of_it'];
const SAID = 'answer-of-the-assistant';
const PROPERTIES = { [KEY]: { type: 'string', description: 'a' } };
const TOOLS: ToolSchema[] = [
  {
    type: 'function',
    function: { name: NAME, description: 'a', parameters: { type: 'object', properties: PROPERTIES, required: [KEY] } },
  },
];
const ASKED: Message[] = [{ role: 'user', content: 'a' }];
const CALL: Message = {
  role: 'assistant',
  content: '',
  toolCalls: [{ id: 'call00000', name: NAME, arguments: { [KEY]: VALUE } }],
};

/** Undefined where the template writes no calls, refuses them, or writes them in a way that is not read. */
export function callFormatOf(template: ChatTemplate): CallFormat | undefined {
  const turn = withoutEnd(callTurn(template), template);
  if (turn === undefined) return undefined;
  const written = turn.replace(/^[\s\S]*<\/think>\s*/, '');
  const around = (from: number, to: number) => ({
    open: written
      .slice(0, from)
      .trim()
      .replace(/\s*\[$/, ''),
    close: written
      .slice(to)
      .trim()
      .replace(/^\]\s*/, ''),
  });
  return objectCall(written, around) ?? namedCall(written, around) ?? escapedCall(written, around);
}

/** What the template writes for an answer that is one call, with the end of the turn. */
export function callTurn(template: ChatTemplate): string | undefined {
  if (!template.writes.calls) return undefined;
  const before = attempt(() => template.render(ASKED, { tools: TOOLS, addGenerationPrompt: true }));
  const whole = attempt(() => template.render([...ASKED, CALL], { tools: TOOLS }));
  if (before === undefined || whole === undefined) return undefined;
  const asked = before.replace(/\s*<think>\s*$/, ''); // whose first character may begin a call too
  return whole.slice(commonLength(asked, whole)).trimEnd();
}

function withoutEnd(turn: string | undefined, template: ChatTemplate): string | undefined {
  const plain = attempt(() => template.render([...ASKED, { role: 'assistant', content: SAID }], { tools: TOOLS }));
  if (turn === undefined || plain === undefined) return undefined;
  const end = plain.slice(plain.lastIndexOf(SAID) + SAID.length).trim();
  return end && turn.endsWith(end) ? turn.slice(0, -end.length) : turn;
}

/** Undefined where a template refuses the work or cannot be run. */
export function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof AtelierError) return undefined;
    throw thrown;
  }
}

function commonLength(a: string, b: string): number {
  let same = 0;
  while (same < a.length && a[same] === b[same]) same++;
  return same;
}

type Around = (from: number, to: number) => { open: string; close: string };

function objectCall(written: string, around: Around): CallFormat | undefined {
  for (
    let from = written.indexOf('{');
    from >= 0 && from < written.indexOf(NAME);
    from = written.indexOf('{', from + 1)
  ) {
    const end = objectEnd(written, from);
    const object = end === undefined ? undefined : asObject(written.slice(from, end));
    const members = Object.entries(object ?? {});
    const name = members.find(([, value]) => value === NAME)?.[0];
    const given = members.find(([, value]) => JSON.stringify(value).includes(VALUE))?.[0];
    if (end !== undefined && name !== undefined && given !== undefined)
      return { kind: 'object', name, arguments: given, ...around(from, end) };
  }
  return undefined;
}

function namedCall(written: string, around: Around): CallFormat | undefined {
  const name = written.indexOf(NAME);
  const from = written.indexOf('{', name);
  const end = name < 0 || from < 0 ? undefined : objectEnd(written, from);
  if (end === undefined || asObject(written.slice(from, end))?.[KEY] !== VALUE) return undefined;
  const between = written.slice(name + NAME.length, from).trim();
  const ends = around(name, end);
  return ends.open && between ? { kind: 'named', between, ...ends } : undefined;
}

function escapedCall(written: string, around: Around): CallFormat | undefined {
  const call = `${NAME}{${KEY}:<escape>${VALUE}<escape>}`;
  const from = written.indexOf(call);
  return from < 0 ? undefined : { kind: 'escaped', ...around(from, from + call.length) };
}

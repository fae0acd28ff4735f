/** A chat template that writes conversations and tells where its answers stand (assistant mask). */
import { Environment } from '@huggingface/jinja';
import { AtelierError } from '../../base/errors/errors';
import type { TemplateTokens } from '../../base/chat';
import type { Message, ToolSchema } from '../../base/conversation';
import { messageReader, namedIn, type TemplateUse } from './templateMessages';
import { strftime } from './strftime';
import { slowTemplate, TemplateInterpreter } from './templateInterpreter';
import { callableBy, makeDictionary } from './templateCalls';
import { broken, withLineFeeds } from './templateNodes';
import type { Node } from './templateNodes';
import { parsedTemplate } from './templateReader';

/** Numbers that `range` may make; published templates count messages. */
const LONGEST_RANGE = 100_000;

/** Characters of a template; the longest published ones have 20,000. */
const LONGEST_SOURCE = 200_000;

/** Marks where an assistant's part begins and ends; private-use characters, which no text should hold. */
const BEGIN = '\uE000';
const END = '\uE001';
/** Around the number of a message, before its content. */
const OWNER = '\uE003';

export interface RenderOptions {
  /** Ends with the opening of an assistant's turn. Default false. */
  addGenerationPrompt?: boolean;
  /** Tools that could be called. */
  tools?: readonly ToolSchema[];
}

/** A conversation as its model reads it. */
export interface Rendered {
  text: string;
  /** Where the assistant's parts begin and end in `text`, in order. */
  spans: Span[];
}

export interface Span {
  start: number;
  end: number;
  /** The message that it is a part of. */
  message: number;
  /**
   * The template marks it so: all of it is graded. Else it is all that an answer adds, with what may follow the end of
   * its turn.
   */
  marked: boolean;
}

/**
 * A chat template (Jinja), rendered as transformers does: blocks trimmed, the same globals. The date that a template
 * may ask for is given, so that a conversation has the same tokens on every day.
 * @throws template-broken, template-refused, template-slow
 */
export class ChatTemplate {
  readonly #program: Node;
  /** It has `{% generation %}`. */
  readonly #marks: boolean;
  /** What each rendering finds; made once, since the library makes it slowly. */
  readonly #globals = new Environment();
  readonly #loops: boolean;
  readonly source: string;
  /** What it writes beside the words of a message. */
  readonly writes: TemplateUse;
  readonly #read;

  constructor(
    written: string,
    readonly tokens: TemplateTokens,
    readonly today = new Date(),
  ) {
    const source = (this.source = withLineFeeds(written));
    if (source.length > LONGEST_SOURCE)
      throw new AtelierError('template-long', { characters: source.length, largest: LONGEST_SOURCE });
    this.writes = namedIn(source);
    this.#read = messageReader(source);
    this.#loops = /\bloop\b/.test(source);
    this.#marks = /\{%[-+]?\s*generation\b/.test(source);
    this.#program = parsedTemplate(source);
    for (const [name, value] of Object.entries(this.#named())) this.#globals.set(name, value);
    this.#globals.setVariable('dict', callableBy(makeDictionary));
  }

  render(messages: readonly Message[], options: RenderOptions = {}): string {
    return this.#run(messages, options);
  }

  /**
   * The conversation and the assistant's parts of it: from the template's own generation tags, else from what each
   * answer that counts adds to what was before.
   * @throws template-not-prefix or template-opens-otherwise where neither tells
   */
  spans(messages: readonly Message[], tools?: readonly ToolSchema[]): Rendered {
    const options = { ...(tools && { tools }) };
    const text = this.render(messages, options);
    return (
      (this.#marks ? this.#byMarks(messages, text, options) : undefined) ?? this.#byPrefixes(messages, text, options)
    );
  }

  #byMarks(messages: readonly Message[], text: string, options: RenderOptions): Rendered | undefined {
    const found = cutAtMarks(this.#run(messages, options, [BEGIN, END]), [BEGIN, END]);
    if (found.text !== text || !found.spans.length) return undefined;
    const answers = messages.flatMap(({ role }, i) => (role === 'assistant' ? [i] : []));
    const one = found.spans.length === answers.length;
    const owners = one ? answers : this.#ownersOf(messages, options);
    if (owners.length !== found.spans.length) return undefined;
    return { text, spans: found.spans.map((span, i) => ({ ...span, message: owners[i]!, marked: true })) };
  }

  /**
   * The answer that each part belongs to, where a template marks several parts of one: the last whose content began
   * before it ended.
   */
  #ownersOf(messages: readonly Message[], options: RenderOptions): number[] {
    const named = messages.map((message, i) =>
      message.role === 'assistant' ? { ...message, content: `${OWNER}${i}${OWNER}${message.content}` } : message,
    );
    const owners: number[] = [];
    let owner = messages.findIndex(({ role }) => role === 'assistant');
    for (const [mark, number] of this.#run(named, options, [BEGIN, END]).matchAll(
      new RegExp(`${OWNER}(\\d+)${OWNER}|${END}`, 'g'),
    ))
      if (mark === END) owners.push(owner);
      else owner = Number(number);
    return owners;
  }

  #byPrefixes(messages: readonly Message[], text: string, options: RenderOptions): Rendered {
    const spans = messages.flatMap(({ role, weight }, message) => {
      if (role !== 'assistant' || weight === 0) return [];
      const before = this.render(messages.slice(0, message), { ...options, addGenerationPrompt: true });
      const after = this.render(messages.slice(0, message + 1), options);
      if (!after.startsWith(before)) throw new AtelierError('template-opens-otherwise', { message: message + 1 });
      if (!text.startsWith(after)) throw new AtelierError('template-not-prefix', { message: message + 1 });
      return [{ start: before.length, end: after.length, message, marked: false }];
    });
    return { text, spans };
  }

  #named(): Record<string, unknown> {
    return {
      ...this.tokens,
      // transformers names both, always
      tools: null,
      documents: null,
      true: true,
      True: true,
      false: false,
      False: false,
      none: null,
      None: null,
      range: shortRange,
      strftime_now: (format: string) => strftime(this.today, format),
      raise_exception: (reason: unknown) => {
        throw new AtelierError('template-refused', { reason: String(reason) });
      },
    };
  }

  #run(messages: readonly Message[], options: RenderOptions, marks?: [string, string]): string {
    const scope = new Environment(this.#globals);
    scope.set('messages', messages.map(this.#read));
    if (options.tools?.length) scope.set('tools', options.tools);
    scope.set('add_generation_prompt', options.addGenerationPrompt ?? false);
    const found = { lenient: !messages.length, loops: this.#loops, ...(marks && { marks }) };
    const interpreter = new TemplateInterpreter(scope, found);
    try {
      return interpreter.evaluate(this.#program, scope).toString();
    } catch (thrown) {
      if (thrown instanceof AtelierError) throw thrown;
      const { from = 0, to = 0 } = interpreter.failed ?? {};
      broken(this.source, from, to, thrown);
    }
  }
}

/** A rendered text without its marks, and where they were. */
export function cutAtMarks(
  rendered: string,
  [begin, end]: readonly [string, string],
): { text: string; spans: { start: number; end: number }[] } {
  const spans: { start: number; end: number }[] = [];
  let text = '';
  let start = 0;
  for (const piece of rendered.split(new RegExp(`([${begin}${end}])`))) {
    if (piece === begin) start = text.length;
    else if (piece === end) spans.push({ start, end: text.length });
    else text += piece;
  }
  return { text, spans };
}

/** Python's range. */
function shortRange(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (!(length <= LONGEST_RANGE)) throw slowTemplate();
  return Array.from({ length }, (_, i) => from + i * step);
}

// Conversations with tools and thoughts by the templates of TRL, of published models and others: what transformers makes of them, texts,
// parts and masks (tests/fixtures/tool_templates.py).
import { expect, test } from 'vitest';
import type { Message, ToolSchema } from '../../../src/base/conversation';
import { conversationRow } from '../../../src/data/chat/gradedRow';
import { rowOf } from '../../../src/formats/text/conversations';
import { OF_PICTURES, packed, publishedTemplates, qwen, templateFrom, trlTemplates } from './trl';

interface Case {
  template: string;
  talk: string;
  text?: string;
  prompt?: string;
  spans?: string[];
  ids?: number[];
  mask?: string;
  refused?: string;
}
interface Golden {
  tools: ToolSchema[];
  talks: Record<string, Record<string, unknown>[]>;
  manners: Record<string, string>;
  cases: Case[];
}
const golden = packed('tools.json.gz') as Golden;
const templates = { ...trlTemplates, ...publishedTemplates, ...golden.manners };

/** A row as its file has it, read as an import reads it. */
function read(name: string): { messages: Message[]; tools?: ToolSchema[] } {
  const withTools = !/thought/.test(name) || name === 'a thought before a call';
  const row = { messages: golden.talks[name], ...(withTools && { tools: golden.tools }) };
  const found = rowOf(row, { file: 'rows.jsonl', line: 1 }).row;
  return found.content === 'chat' ? found : expect.unreachable();
}
const talks = Object.fromEntries(Object.keys(golden.talks).map((name) => [name, read(name)]));

test.each(Object.keys(templates).filter((name) => !OF_PICTURES.test(name)))('%s', (name) => {
  const template = templateFrom(templates[name]!);
  const code: unknown = expect.stringMatching(/^template-(refused|broken)$/);
  for (const c of golden.cases.filter((one) => one.template === name)) {
    const { messages, tools } = talks[c.talk]!;
    const options = { ...(tools && { tools }) };
    if (c.refused !== undefined) {
      expect(() => template.render(messages, options), c.talk).toThrow(expect.objectContaining({ code }));
      continue;
    }
    expect(template.render(messages, options), c.talk).toBe(c.text);
    expect(template.render(messages, { ...options, addGenerationPrompt: true }), c.talk).toBe(c.prompt);
    if (!c.spans) continue;
    const { text, spans } = template.spans(messages, tools);
    expect(
      spans.map(({ start, end }) => text.slice(start, end)),
      c.talk,
    ).toEqual(c.spans);
    if (!c.ids) continue;
    const { ids, weights } = conversationRow(messages, template, qwen, tools);
    expect([...ids], c.talk).toEqual(c.ids);
    expect(weights.join(''), c.talk).toBe(c.mask);
  }
});

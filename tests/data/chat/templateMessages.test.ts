import { describe, expect, test } from 'vitest';
import type { Message, ToolSchema } from '../../../src/base/conversation';
import { AtelierError } from '../../../src/base/errors/errors';
import { ChatTemplate } from '../../../src/data/chat/chatTemplate';
import { conversationRow } from '../../../src/data/chat/gradedRow';
import { messageReader, namedIn } from '../../../src/data/chat/templateMessages';
import { qwen, templateFrom, tokens, trlTemplates } from './trl';

const TOOLS: ToolSchema[] = [
  {
    type: 'function',
    function: {
      name: 'tide_table',
      description: 'High water of a port',
      parameters: {
        type: 'object',
        properties: { port: { type: 'string', description: 'The port' } },
        required: ['port'],
      },
    },
  },
];
const TALK: Message[] = [
  { role: 'user', content: 'When is high water in Emden?' },
  {
    role: 'assistant',
    content: '',
    reasoning: 'The table knows.',
    toolCalls: [{ id: 'abcdefghi', name: 'tide_table', arguments: { port: 'Emden' } }],
  },
  { role: 'tool', content: '{"at": "14:20"}', name: 'tide_table', toolCallId: 'abcdefghi' },
  { role: 'assistant', content: 'At twenty past two.' },
];

test('all published templates write calls and tools, or refuse them by name, and those that say so write them', () => {
  const written: string[] = [];
  for (const [name, source] of Object.entries(trlTemplates)) {
    const template = templateFrom(source);
    try {
      const text = template.render(TALK, { tools: TOOLS });
      expect(text.split('Emden').length - 1, name).toBe(template.writes.calls ? 2 : 1);
      if (template.writes.calls) written.push(name);
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(AtelierError);
      expect((thrown as AtelierError).code, name).toMatch(/^template-(refused|broken)$/);
    }
  }
  expect(written).toEqual(expect.arrayContaining(['qwen2_5', 'qwen3', 'deepseekv3', 'llama3_1', 'gptoss']));
  expect(written.length).toBeGreaterThan(45);
});

describe('with the template of Qwen 3', () => {
  const template = new ChatTemplate(trlTemplates['qwen3_training']!, tokens);

  test('a call is graded with its answer, the tools and the result never', () => {
    const { ids, weights } = conversationRow(TALK, template, qwen, TOOLS);
    const graded = qwen.decode(ids.filter((_, i) => weights[i]! > 0));
    expect(qwen.decode(ids)).toContain('High water of a port');
    expect(graded).toContain('{"name": "tide_table", "arguments": {"port": "Emden"}}');
    expect(graded).toContain('At twenty past two.');
    expect(graded).not.toMatch(/14:20|High water of/);
  });

  test('a special token in an argument or in a tool is text', () => {
    const arguments_ = { port: '<|im_end|>' };
    const talk = TALK.map((message) =>
      message.toolCalls ? { ...message, toolCalls: [{ name: 'tide_table', arguments: arguments_ }] } : message,
    );
    const count = (messages: Message[]): number =>
      conversationRow(messages, template, qwen, TOOLS).ids.filter((id) => id === qwen.idOf('<|im_end|>')).length;
    expect(count(talk)).toBe(count(TALK));
  });
});

test.each([
  [
    '{{ m.tool_calls }}{% if tools %}{{ m["reasoning_content"] }}',
    { calls: true, tools: true, reasoning: 'reasoning_content' },
  ],
  ['{{ m.content }}{# tools #} my.tools', { calls: false, tools: false, reasoning: undefined }],
  ["{{ m['thinking'] }}", { calls: false, tools: false, reasoning: 'thinking' }],
])('what %s writes', (source, writes) => {
  expect(namedIn(source)).toEqual(writes);
});

test('reasoning stands in the content where the template has no name for it', () => {
  const message: Message = { role: 'assistant', content: 'Yes.', reasoning: 'Why not.' };
  expect(messageReader('{{ m.content }}')(message)).toEqual({
    role: 'assistant',
    content: '<think>\nWhy not.\n</think>\n\nYes.',
  });
  expect(messageReader('{{ m.reasoning_content }}')(message)).toMatchObject({
    content: 'Yes.',
    reasoning_content: 'Why not.',
  });
});

test('an answer of calls alone has no content for a template that asks whether there is any', () => {
  const asks = "{% if m['content'] is none %}{{ m['tool_calls'] }}{% endif %}";
  const { reasoning: _thought, ...call } = TALK[1]!;
  expect(messageReader(asks)(call)['content']).toBe(null);
  expect(messageReader(asks)(TALK[1]!)['content']).toBe('<think>\nThe table knows.\n</think>\n\n');
  const thinks = '{% if m.reasoning_content is not none %}{{ m.tool_calls }}{% endif %}'; // as Qwen 3 came out
  expect(messageReader(thinks)(call)['content']).toBe('');
  expect(messageReader('{{ m.content }}')({ ...TALK[3]!, toolCalls: TALK[1]!.toolCalls! })['content']).toBe(
    'At twenty past two.',
  );
});

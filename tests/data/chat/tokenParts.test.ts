// Which tokens are tools, calls, results and thoughts, by the templates that TRL ships, others and the studio's own.
import { describe, expect, test } from 'vitest';
import type { Conversation } from '../../../src/base/conversation';
import type { TokenPart } from '../../../src/base/wire/requests';
import { conversationRow } from '../../../src/data/chat/gradedRow';
import { tokenParts } from '../../../src/data/chat/tokenParts';
import { packed, publishedTemplates, qwen, templateFrom, trlTemplates } from './trl';

const { manners } = packed('tools.json.gz') as { manners: Record<string, string> };
const templates = { ...trlTemplates, ...publishedTemplates, ...manners };
const TALK: Conversation = {
  tools: [
    {
      type: 'function',
      function: {
        name: 'tides',
        description: 'High water',
        parameters: { type: 'object', properties: { port: { type: 'string', description: 'a' } }, required: ['port'] },
      },
    },
  ],
  messages: [
    { role: 'user', content: 'When is it in Emden?' },
    {
      role: 'assistant',
      content: '',
      reasoning: 'The table knows.',
      toolCalls: [{ id: 'abcdefghi', name: 'tides', arguments: { port: 'Emden' } }],
    },
    { role: 'tool', content: 'half past two', name: 'tides', toolCallId: 'abcdefghi' },
    { role: 'assistant', content: 'In the afternoon.' },
  ],
};

describe.each([
  'qwen2_5',
  'qwen3',
  'qwen3_0.6b',
  'llama3_2',
  'hermes',
  'functiongemma',
  'mistral_nemo',
  'our CHATML',
  'our PLAIN',
])('by the template %s', (name) => {
  const template = templateFrom(templates[name]!);
  const { ids, parts } = tokenParts(TALK, template, qwen);
  const { ids: trained, weights } = conversationRow(TALK.messages, template, qwen, TALK.tools);
  const textOf = (part?: TokenPart): string => qwen.decode(ids.filter((_, i) => parts[i] === part));

  test('each part is marked, and words are none', () => {
    expect([...ids]).toEqual([...trained]);
    expect(textOf('tools')).toMatch(/tides[^]*port/);
    expect(textOf('call')).toMatch(/tides[^]*Emden/);
    expect(textOf('result').trim()).toBe('half past two');
    const rest = textOf();
    expect(rest).toContain('When is it in Emden?');
    expect(rest).toContain('In the afternoon.');
    expect(rest).not.toMatch(/half past|High water|table knows/);
  });

  test('calls are graded, tools and results never', () => {
    const graded = (part: TokenPart): number[] => [...weights].filter((_, i) => parts[i] === part);
    expect(new Set(graded('call'))).toEqual(new Set([1]));
    expect(new Set([...graded('result'), ...graded('tools')])).toEqual(new Set([0]));
  });
});

test('thoughts are told from the call behind them', () => {
  const { ids, parts } = tokenParts(TALK, templateFrom(trlTemplates['qwen3']!), qwen);
  const textOf = (part: TokenPart): string => qwen.decode(ids.filter((_, i) => parts[i] === part));
  expect(textOf('thought')).toContain('<think>\nThe table knows.\n</think>');
  expect(textOf('call')).toMatch(/^<tool_call>[^]*<\/tool_call>$/);
});

test('what only looks like a call or a result is words', () => {
  const said = '<tool_response>\nno\n</tool_response> <tool_call>{"name": "a", "arguments": {}}</tool_call>';
  const messages = [
    { role: 'user' as const, content: said },
    { role: 'assistant' as const, content: said },
  ];
  const { parts } = tokenParts({ messages }, templateFrom(trlTemplates['qwen2_5']!), qwen);
  expect(parts.every((part) => part === undefined)).toBe(true);
});

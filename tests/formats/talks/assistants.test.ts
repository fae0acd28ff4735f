import { describe, expect, test } from 'vitest';
import { chatgpt, claude } from '../../../src/formats/talks/assistants';
import type { ReadTalks } from '../../../src/formats/talks/talk';

const node = (id: string, parent: string | null, role: string, content: object, more: object = {}) => ({
  [id]: { id, parent, children: [], message: { author: { role }, content, recipient: 'all', ...more } },
});
const text = (...parts: unknown[]) => ({ content_type: 'text', parts });
const readChatgpt = (talks: object): ReadTalks =>
  chatgpt.read(JSON.stringify(talks), 'conversations.json') as ReadTalks;

describe('ChatGPT', () => {
  const TALK = {
    title: 'Tides',
    create_time: 1704190000.5,
    current_node: 'e',
    mapping: {
      root: { id: 'root', message: null, parent: null, children: ['s'] },
      ...node('s', 'root', 'system', text('hidden'), { metadata: { is_visually_hidden_from_conversation: true } }),
      ...node('a', 's', 'user', text('When is high water?')),
      ...node('b', 'a', 'assistant', text('An answer that was thrown away.')),
      ...node('c', 'a', 'assistant', { content_type: 'thoughts', thoughts: [{ summary: 's', content: 'The moon …' }] }),
      ...node('d', 'c', 'assistant', text('At two.【4†source】')),
      ...node('e', 'd', 'user', text('Thanks.')),
    },
  };

  test('the branch that is shown is read, with what was thought before its answer', () => {
    expect(chatgpt.begins(JSON.stringify([TALK]))).toBe(true);
    expect(readChatgpt([TALK])).toEqual({
      threads: [],
      media: 0,
      system: 1,
      known: [
        {
          name: 'Tides',
          at: 1704190000500,
          messages: [
            { role: 'user', content: 'When is high water?' },
            { role: 'assistant', content: 'At two.', reasoning: 'The moon …' },
            { role: 'user', content: 'Thanks.' },
          ],
        },
      ],
    });
  });

  test('a call of a tool, its result and pictures', () => {
    const mapping = {
      ...node('a', null, 'user', { content_type: 'multimodal_text', parts: [{ asset_pointer: 'x' }, 'What is 2+2?'] }),
      ...node('b', 'a', 'assistant', { content_type: 'code', text: '2+2' }, { recipient: 'python' }),
      ...node('c', 'b', 'tool', { content_type: 'execution_output', text: '4' }),
      ...node('d', 'c', 'assistant', text('Four.')),
    };
    const { known, media } = readChatgpt([{ title: '', mapping, current_node: 'd' }]);
    expect(media).toBe(1);
    expect(known[0]!.messages).toEqual([
      { role: 'user', content: 'What is 2+2?' },
      { role: 'assistant', content: '', toolCalls: [{ name: 'python', arguments: '2+2' }] },
      { role: 'tool', content: '4' },
      { role: 'assistant', content: 'Four.' },
    ]);
  });

  test('a circle of parents ends', () => {
    const mapping = { ...node('a', 'b', 'user', text('x')), ...node('b', 'a', 'assistant', text('y')) };
    expect(readChatgpt([{ title: '', mapping, current_node: 'b' }]).known[0]!.messages).toHaveLength(2);
  });

  test('without a node that is shown, the last leaf is read; talks without an answer are counted', () => {
    const mapping = { ...node('a', null, 'user', text('x')), ...node('b', 'a', 'assistant', text('y')) };
    expect(readChatgpt([{ title: '', mapping }]).known).toHaveLength(1);
    expect(readChatgpt([{ title: '', mapping: node('a', null, 'user', text('x')) }])).toMatchObject({
      known: [],
      system: 1,
    });
  });
});

test('Claude: texts, thoughts and attached files; older exports have the text alone', () => {
  const talks = [
    {
      name: 'Boats',
      created_at: '2024-02-03T10:00:00Z',
      chat_messages: [
        {
          sender: 'human',
          text: 'Sum it up.',
          content: [{ type: 'text', text: 'Sum it up.' }],
          attachments: [{ file_name: 'a.txt', extracted_content: 'The log.' }],
          files: [{ file_name: 'b.png' }],
        },
        {
          sender: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Short.' },
            { type: 'text', text: 'A log.' },
          ],
        },
      ],
    },
    {
      name: '',
      chat_messages: [
        { sender: 'human', text: 'Hi' },
        { sender: 'assistant', text: 'Hello' },
      ],
    },
  ];
  expect(claude.begins(JSON.stringify(talks))).toBe(true);
  const { known, media } = claude.read(JSON.stringify(talks), 'conversations.json') as ReadTalks;
  expect(media).toBe(1);
  expect(known.map(({ messages }) => messages)).toEqual([
    [
      { role: 'user', content: 'Sum it up.\n\nThe log.' },
      { role: 'assistant', content: 'A log.', reasoning: 'Short.' },
    ],
    [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello' },
    ],
  ]);
});

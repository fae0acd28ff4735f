// What becomes of thoughts before answers, by the templates that TRL ships: learned, only read, or left out.
// The code: src/base/thoughts.ts, src/data/chat/thoughtSpans.ts, src/data/chat/gradedRow.ts.
import { describe, expect, test } from 'vitest';
import type { Message } from '../../../src/base/conversation';
import type { ThoughtUse } from '../../../src/base/settings/tuneSettings';
import { isThoughtful, withoutThoughts } from '../../../src/base/thoughts';
import { ChatTemplate } from '../../../src/data/chat/chatTemplate';
import { conversationRow, preferenceRows } from '../../../src/data/chat/gradedRow';
import { rowOf } from '../../../src/formats/text/conversations';
import { qwen, templateFrom, tokens, trlTemplates } from './trl';

const templateOf = (name: string): ChatTemplate => templateFrom(trlTemplates[name]!);

const QUESTION = { role: 'user', content: 'Which bird is it?' };
const ANSWER = 'A redshank.';
const THOUGHT = 'Red legs.\n\nA white </think> edge';
const gradedIn = (messages: readonly Message[], template: ChatTemplate, use: ThoughtUse): string => {
  const { ids, weights } = conversationRow(messages, template, qwen, undefined, use);
  return qwen.decode(ids.filter((_, i) => weights[i]! > 0));
};
const read = (row: Record<string, unknown>): Message[] => {
  const found = rowOf(row, { file: 'rows.jsonl', line: 1 }).row;
  return found.content === 'chat' ? found.messages : expect.unreachable();
};

/** One thought in every shape that data sets have for it. */
const SHAPES: Record<string, (thought: string) => Record<string, unknown>> = {
  'reasoning_content of a message': (thought) => ({
    messages: [QUESTION, { role: 'assistant', content: ANSWER, reasoning_content: thought }],
  }),
  'thinking of a message': (thought) => ({
    messages: [QUESTION, { role: 'assistant', content: ANSWER, thinking: thought }],
  }),
  'tags in the text': (thought) => ({
    messages: [QUESTION, { role: 'assistant', content: `<think>\n${thought}\n</think>\n\n${ANSWER}` }],
  }),
  'tags without line ends': (thought) => ({
    conversations: [
      { from: 'human', value: QUESTION.content },
      { from: 'gpt', value: `<think>${thought}</think>${ANSWER}` },
    ],
  }),
  'a part of the content': (thought) => ({
    messages: [
      QUESTION,
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: thought },
          { type: 'text', text: ANSWER },
        ],
      },
    ],
  }),
  'a column of its own': (thought) => ({ question: QUESTION.content, answer: ANSWER, complex_cot: thought }),
};

describe.each(Object.entries(SHAPES))('%s', (_, shape) => {
  test.each(['qwen3', 'qwen3_training', 'qwen2_5', 'gptoss', 'glm4moe', 'nemotron_3_nano_training'])(
    'by %s',
    (name) => {
      const template = templateOf(name);
      const messages = read(shape('Red legs.'));
      expect(gradedIn(messages, template, 'learn')).toContain('Red legs.');
      const onlyRead = conversationRow(messages, template, qwen, undefined, 'read');
      expect([...onlyRead.ids]).toEqual([...conversationRow(messages, template, qwen).ids]);
      expect(gradedIn(messages, template, 'read')).toMatch(/A redshank\.(?:<\|im_end\|>\n?)?/);
      expect(gradedIn(messages, template, 'read')).not.toMatch(/Red legs|think>/);
      const dropped = conversationRow(messages, template, qwen, undefined, 'drop');
      const without = read({ messages: [QUESTION, { role: 'assistant', content: ANSWER }] });
      expect([...dropped.ids]).toEqual([...conversationRow(without, template, qwen).ids]);
    },
  );
});

test('a closing tag in a thought ends it where the template is given the thought by name', () => {
  const messages = read(SHAPES['reasoning_content of a message']!(THOUGHT));
  expect(gradedIn(messages, templateOf('qwen3'), 'read')).toBe(`${ANSWER}<|im_end|>`);
});

test('an empty block that the template writes by itself is learned, or only read', () => {
  const messages = read({ messages: [QUESTION, { role: 'assistant', content: ANSWER }] });
  expect(gradedIn(messages, templateOf('qwen3'), 'learn')).toBe(`<think>\n\n</think>\n\n${ANSWER}<|im_end|>`);
  expect(gradedIn(messages, templateOf('qwen3'), 'read')).toBe(`${ANSWER}<|im_end|>`);
});

test('a block that the prompt opened is only read up to its end', () => {
  const opens = `{% for m in messages %}{{ m.role + ':' }}{% if m.role == 'assistant' %}{{ '<think>\\n' }}{% generation %}{{ m.reasoning_content + '\\n</think>\\n\\n' + m.content + eos_token }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}{{ '\\n' }}{% endfor %}`;
  const messages = read(SHAPES['reasoning_content of a message']!('Red legs.'));
  expect(gradedIn(messages, new ChatTemplate(opens, tokens), 'learn')).toBe(`Red legs.\n</think>\n\n${ANSWER}</s>`);
  expect(gradedIn(messages, new ChatTemplate(opens, tokens), 'read')).toBe(`${ANSWER}</s>`);
});

test('calls behind a thought that is only read stay graded', () => {
  const call = { name: 'birds', arguments: { legs: 'red' } };
  const messages = read({ messages: [QUESTION, { role: 'assistant', reasoning: 'Look up.', tool_calls: [call] }] });
  const graded = gradedIn(messages, templateOf('qwen3_training'), 'read');
  expect(graded).toBe('<tool_call>\n{"name": "birds", "arguments": {"legs": "red"}}\n</tool_call><|im_end|>\n');
});

test('an answer that was nothing but a thought is only read where thoughts are left out', () => {
  const [, answer] = withoutThoughts(
    read({ messages: [QUESTION, { role: 'assistant', content: '<think>\nHm.\n</think>' }] }),
  );
  expect(answer).toEqual({ role: 'assistant', content: '', weight: 0 });
});

test('the words of a user are no thought, and an empty block is none', () => {
  expect(isThoughtful({ role: 'user', content: '<think>a</think>b' })).toBe(false);
  expect(isThoughtful({ role: 'assistant', content: '<think>\n\n</think>\n\nb' })).toBe(false);
  expect(isThoughtful({ role: 'assistant', content: 'b', reasoning: '' })).toBe(false);
  expect(withoutThoughts([{ role: 'assistant', content: '<think>\n\n</think>\n\nb' }])[0]!.content).toBe('b');
});

test('of a pair both thoughts are only read, or left out', () => {
  const answer = (content: string): Message[] => [{ role: 'assistant', content, reasoning: 'Red legs.' }];
  const pair = { prompt: [QUESTION as Message], chosen: answer(ANSWER), rejected: answer('A gull.') };
  const { chosen, rejected } = preferenceRows(pair, templateOf('qwen3'), qwen, 'read');
  const graded = [chosen, rejected].map(({ ids, weights }) => qwen.decode(ids.filter((_, i) => weights[i]! > 0)));
  expect(graded).toEqual([`${ANSWER}<|im_end|>`, 'A gull.<|im_end|>']);
  const dropped = preferenceRows(pair, templateOf('qwen3'), qwen, 'drop');
  expect(qwen.decode(dropped.chosen.ids)).not.toContain('Red legs.');
});

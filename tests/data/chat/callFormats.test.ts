// How templates write calls, derived from the templates of TRL and others, and read back from what they write.
// The code: src/data/chat/callFormats.ts, src/base/answerParts.ts, src/base/readCalls.ts.
import { expect, test } from 'vitest';
import { answerParts } from '../../../src/base/answerParts';
import type { CallFormat } from '../../../src/base/callFormat';
import type { ToolCall, ToolSchema } from '../../../src/base/conversation';
import { callFormatOf } from '../../../src/data/chat/callFormats';
import type { ChatTemplate } from '../../../src/data/chat/chatTemplate';
import { packed, publishedTemplates, templateFrom, trlTemplates } from './trl';

const golden = packed('tools.json.gz') as { tools: ToolSchema[]; manners: Record<string, string> };
const templates = { ...trlTemplates, ...publishedTemplates, ...golden.manners };
const templateOf = (name: string): ChatTemplate => templateFrom(templates[name]!);
const formatOf = (name: string): CallFormat | undefined => callFormatOf(templateOf(name));

const read = (text: string, name: string): Omit<ReturnType<typeof answerParts>, 'thoughtClosed'> => {
  const { thoughtClosed: _closed, ...parts } = answerParts(text, { calls: formatOf(name)! });
  return parts;
};
const EMDEN: ToolCall = { name: 'tide_table', arguments: { port: 'Emden', days: 2 } };
const NESTED: ToolCall = {
  name: 'book_berth',
  arguments: {
    ship: { name: '„Möwe“ 海鸥 <1>, {x}: [y]', crew: ['Jan', "O'Neil", '\\n"q"'], age: null },
    nights: 2.5,
    pets: true,
    none: {},
    empty: [],
  },
};

const KNOWN = Object.keys(templates).filter((name) => formatOf(name) !== undefined);

test('the formats of Qwen, Llama 3, DeepSeek, Mistral, Hermes and FunctionGemma are found', () => {
  expect(formatOf('qwen2_5')).toMatchObject({ kind: 'object', arguments: 'arguments', open: '<tool_call>' });
  expect(formatOf('llama3_2')).toEqual({ kind: 'object', name: 'name', arguments: 'parameters', open: '', close: '' });
  expect(formatOf('mistral')).toMatchObject({ kind: 'object', open: '[TOOL_CALLS]', close: '' });
  expect(formatOf('functiongemma')).toMatchObject({ kind: 'escaped', open: '<start_function_call>call:' });
  expect(formatOf('deepseekv3')).toMatchObject({ kind: 'named', between: '```json' });
  expect(formatOf('qwen3_0.6b')).toEqual(formatOf('qwen3'));
  expect(formatOf('mistral_nemo')).toMatchObject({ kind: 'object', open: '[TOOL_CALLS]', close: '' });
  for (const name of ['smollm2', 'smollm3', 'llama3', 'cohere']) expect(formatOf(name)).toBeUndefined();
  expect(KNOWN).toHaveLength(23);
});

test.each(KNOWN)('what %s writes is read back', (name) => {
  const template = templateOf(name);
  const asked = [{ role: 'user' as const, content: 'a' }];
  for (const calls of [[EMDEN], [NESTED], [EMDEN, NESTED]]) {
    if (calls.length > 1 && /^(llama3|gptoss)/.test(name)) continue; // which refuse several, or write the first
    const named = calls.map((call, i) => ({ id: `call0000${i}`, ...call }));
    const turn = { role: 'assistant' as const, content: '', toolCalls: named };
    const before = template.render(asked, { tools: golden.tools, addGenerationPrompt: true });
    const whole = template.render([...asked, turn], { tools: golden.tools });
    const text = whole.startsWith(before)
      ? whole.slice(before.length)
      : whole.slice(whole.lastIndexOf('Assistant｜>') + 12);
    const found = read(text.replace(/<\|im_end\|>|<\|eot_id\|>|<\/s>|<｜end▁of▁sentence｜>/g, ''), name);
    expect(found.broken).toBeUndefined();
    expect(found.calls.map(({ name: called, arguments: given }) => ({ name: called, arguments: given }))).toEqual(
      calls,
    );
  }
});

const QWEN = 'I look.\n<tool_call>\n{"name": "a", "arguments": {"x": 1}}\n</tool_call>';
const A = { name: 'a', arguments: { x: 1 } };
test.each([
  ['qwen3', QWEN, { thoughtEnd: 0, callsFrom: 8, calls: [A] }],
  ['qwen3', `<think>\n<tool_call>?\n</think>\n\n${QWEN}`, { thoughtEnd: 31, callsFrom: 39, calls: [A] }],
  [
    'qwen3',
    `${QWEN}\n<tool_call>\n{"name": "b", "arguments": "{\\"y\\": 2}"}`,
    { calls: [A, { name: 'b', arguments: { y: 2 } }] },
  ],
  [
    'qwen3',
    '<tool_call>\n{"name": "a", "arguments": {"x": 1}',
    { calls: [], broken: '{"name": "a", "arguments": {"x": 1}' },
  ],
  [
    'qwen3',
    '<tool_call>\n{"name": "a", "arguments": {x: 1}}\n</tool_call>',
    { calls: [], broken: '{"name": "a", "arguments": {x: 1}}\n</tool_call>' },
  ],
  ['qwen3', '<tool_call>\n{"name": 3}\n</tool_call>', { calls: [], broken: '{"name": 3}\n</tool_call>' }],
  ['qwen3', '<tool_call>', { calls: [], broken: '<tool_call>' }],
  ['qwen3', '{"name": "a", "arguments": {"x": 1}}', { callsFrom: 36, calls: [] }],
  ['llama3_2', '{"name": "a", "parameters": {"x": 1}}', { callsFrom: 0, calls: [A] }],
  [
    'llama3_2',
    '<|python_tag|>{"name": "a", "parameters": {"x": 1}}; {"name": "b", "parameters": {}}',
    { calls: [A, { name: 'b', arguments: {} }] },
  ],
  ['llama3_2', '[{"name": "a", "arguments": {"x": 1}}]', { calls: [A] }],
  ['llama3_2', '{"name": "a", "parameters": ', { calls: [], broken: '{"name": "a", "parameters":' }],
  ['llama3_2', '{"answer": 3}', { callsFrom: 13, calls: [] }],
  ['llama3_2', 'The name is {"name": "a"}.', { calls: [] }],
  [
    'mistral',
    '[TOOL_CALLS][{"name": "a", "arguments": {"x": 1}, "id": "123456789"}]',
    { calls: [{ id: '123456789', ...A }] },
  ],
  [
    'mistral',
    '[TOOL_CALLS] [{"name": "a", "arguments": {"x": 1}}, {"name": "a", "arguments": {"x": 1}}]',
    { calls: [A, A] },
  ],
  ['functiongemma', '<start_function_call>call:a{x:1}<end_function_call>', { calls: [A] }],
  [
    'functiongemma',
    '<start_function_call>call:a{x:1}<end_function_call><start_function_call>call:b{y:<escape>a, b}<escape>,z:[1,true]}<end_function_call>',
    { calls: [A, { name: 'b', arguments: { y: 'a, b}', z: [1, true] } }] },
  ],
  ['functiongemma', '<start_function_call>call:a{x:<escape>1', { calls: [], broken: 'a{x:<escape>1' }],
  ['functiongemma', '<start_function_call>call:a{{{{', { calls: [], broken: 'a{{{{' }],
])('%s: %j', (name, text, expected) => {
  expect(read(text, name)).toMatchObject(expected);
  expect(read(text, name).broken).toBe((expected as { broken?: string }).broken);
});

test('an unfinished thought has no calls, and one that the prompt opened ends at its tag', () => {
  const calls = formatOf('qwen3')!;
  expect(answerParts('<think>\nHm. <tool_call>', { calls }, false)).toEqual({
    ...{ thoughtEnd: 23, thoughtClosed: false, callsFrom: 23, calls: [] },
  });
  expect(answerParts('Hm.\n</think>\n\nYes.', { opensThought: true })).toMatchObject({
    thoughtEnd: 14,
    thoughtClosed: true,
  });
  expect(answerParts('Yes. <think>', {})).toMatchObject({ thoughtEnd: 0 });
  expect(answerParts('<tool_call>\n{"name": "a"', { calls }, false)).toMatchObject({ callsFrom: 24, calls: [] });
});

test('all that opens the calls belongs to them, with what stands between or left out', () => {
  const call = 'function<｜tool▁sep｜>a\n```json\n{"x": 1}\n```<｜tool▁call▁end｜>';
  for (const open of ['<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>', '<｜tool▁calls▁begin｜>\n<｜tool▁call▁begin｜>'])
    expect(read(`I look.\n${open}${call}`, 'deepseekv3')).toMatchObject({ callsFrom: 8, calls: [A] });
  expect(read(`I look.\n<｜tool▁call▁begin｜>${call}`, 'deepseekv3')).toMatchObject({ callsFrom: 8, calls: [A] });
});

test('deeply nested and endless values end', () => {
  const deep = `<start_function_call>call:a${'{x:'.repeat(5000)}`;
  expect(read(deep, 'functiongemma').broken).toHaveLength(15_001);
});

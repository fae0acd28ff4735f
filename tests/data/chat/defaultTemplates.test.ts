import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { answerParts } from '../../../src/base/answerParts';
import type { Message } from '../../../src/base/conversation';
import { CHATML, PLAIN } from '../../../src/base/ownTemplates';
import { END_TOKEN } from '../../../src/base/tokenizerModel';
import { callFormatOf } from '../../../src/data/chat/callFormats';
import { ChatTemplate } from '../../../src/data/chat/chatTemplate';
import { pretrainedDefault, templateFor, templateKind } from '../../../src/data/chat/defaultTemplates';
import { conversationRow, promptIds } from '../../../src/data/chat/gradedRow';
import { OwnTokenizer } from '../../../src/data/tokens/ownTokenizer';
import { PretrainedTokenizer } from '../../../src/data/tokens/pretrainedTokenizer';
import { trainBpe } from '../../../src/data/tokens/trainBpe';
import { packed } from './trl';

const GOLDEN = JSON.parse(
  readFileSync(new URL('../../fixtures/tokenizers/templates.json', import.meta.url), 'utf8'),
) as {
  templates: Record<string, string>;
};
const TALK: Message[] = [
  { role: 'system', content: 'Be  kind.' },
  { role: 'user', content: 'Hello there\n' },
  { role: 'assistant', content: ' Hi you' },
  { role: 'user', content: 'Bye' },
  { role: 'assistant', content: 'See\nyou' },
];
const TOOLS = [{ type: 'function', function: { name: 'tides' } }];
const CALLED: Message[] = [
  { role: 'user', content: 'Emden?' },
  { role: 'assistant', content: '', toolCalls: [{ name: 'tides', arguments: { port: 'Emden' } }] },
  { role: 'tool', content: '14:20', name: 'tides' },
  { role: 'assistant', content: 'At 14:20.' },
];

async function tokenizer(...special: string[]): Promise<OwnTokenizer> {
  const model = await trainBpe(['user: Hello there\nassistant: Hi you, see you'], 290, {});
  const added = special.map((content, i) => ({ id: model.vocab.length + i, content, special: true }));
  return new OwnTokenizer({ ...model, vocab: [...model.vocab, ...special], added: [...model.added, ...added] });
}
const chatml = () => tokenizer('<|im_start|>', '<|im_end|>');

describe('a model without a template reads', () => {
  test('turns as lines, the end token after each answer', async () => {
    const template = templateFor(undefined, await tokenizer());
    const text =
      `system: Be  kind.\nuser: Hello there\n\nassistant:  Hi you${END_TOKEN}` +
      `user: Bye\nassistant: See\nyou${END_TOKEN}`;
    expect(template.render(TALK)).toBe(text);
    expect(template.render(TALK.slice(0, 2), { addGenerationPrompt: true })).toBe(
      'system: Be  kind.\nuser: Hello there\n\nassistant:',
    );
  });

  test('ChatML where the tokenizer has its tokens', async () => {
    const template = templateFor(undefined, await chatml());
    const text = TALK.map(({ role, content }) => `<|im_start|>${role}\n${content}<|im_end|>\n`).join('');
    expect(template.render(TALK)).toBe(text);
    expect(template.render(TALK.slice(0, 1), { addGenerationPrompt: true })).toBe(
      '<|im_start|>system\nBe  kind.<|im_end|>\n<|im_start|>assistant\n',
    );
  });

  test.each([
    ['lines', tokenizer],
    ['ChatML', chatml],
  ])('and %s grade each answer with the end of its turn, after the very tokens of a prompt', async (_name, make) => {
    const tok = await make();
    const template = templateFor(undefined, tok);
    const { ids, weights } = conversationRow(TALK, template, tok);
    const graded = tok.decode(ids.filter((_, i) => weights[i]! > 0));
    const end = tok.idOf('<|im_end|>') === undefined ? END_TOKEN : '<|im_end|>';
    const blank = end === END_TOKEN ? ' ' : '';
    expect(graded).toBe(`${blank} Hi you${end}${blank}See\nyou${end}`);
    const prompt = promptIds(TALK.slice(0, 4), template, tok);
    expect([...ids.slice(0, prompt.length)]).toEqual([...prompt]);
    expect(weights[prompt.length]).toBe(1);
  });
});

test.each([
  ['lines', tokenizer],
  ['chatml', chatml],
] as const)('%s as a file for others: no training tags, no names of tokens, the same text', async (kind, make) => {
  const tok = await make();
  expect(templateKind(undefined, tok)).toBe(kind);
  const source = pretrainedDefault(tok);
  expect(source).not.toMatch(/generation %|eos_token/);
  const [file, ours] = [new ChatTemplate(source, {}), templateFor(undefined, tok)];
  for (const talk of [TALK, CALLED])
    for (let n = 1; n <= talk.length; n++)
      for (const addGenerationPrompt of [false, true]) {
        const options = { addGenerationPrompt, ...(talk === CALLED && { tools: TOOLS }) };
        expect(file.render(talk.slice(0, n), options)).toBe(ours.render(talk.slice(0, n), options));
      }
});

test.each([
  ['lines', tokenizer, 'tool: '],
  ['ChatML', chatml, '<|im_start|>user\n'],
] as const)('%s write tools, calls and results; only what the assistant wrote is graded', async (_kind, make, turn) => {
  const tok = await make();
  const template = templateFor(undefined, tok);
  const { ids, weights } = conversationRow(CALLED, template, tok, TOOLS);
  expect(tok.decode(ids)).toContain('<tools>\n{"type": "function", "function": {"name": "tides"}}\n</tools>');
  expect(tok.decode(ids)).toContain(`${turn}<tool_response>\n14:20\n</tool_response>`);
  const graded = tok.decode(ids.filter((_, i) => weights[i]! > 0));
  expect(graded).toMatch(/^ ?<tool_call>\n\{"name": "tides", "arguments": \{"port": "Emden"\}\}\n<\/tool_call></);
  expect(graded).not.toContain('14:20\n</');
  const [, answer] = CALLED;
  const written = template.render([CALLED[0]!, answer!], { tools: TOOLS });
  const prompt = template.render([CALLED[0]!], { tools: TOOLS, addGenerationPrompt: true });
  expect(written.startsWith(prompt)).toBe(true);
  const parts = answerParts(written.slice(prompt.length).replace(/<\|[a-z_]+\|>/, ''), {
    calls: callFormatOf(template)!,
  });
  expect(parts).toMatchObject({ calls: [{ name: 'tides', arguments: { port: 'Emden' } }] });
});

test('both are those whose texts and masks transformers gave: chatTemplate.test.ts, gradedRow.test.ts', async () => {
  expect(templateFor(undefined, await chatml()).source).toBe(GOLDEN.templates['our CHATML']);
  expect(templateFor(undefined, await tokenizer()).source).toBe(GOLDEN.templates['our PLAIN']);
  const { manners } = packed('tools.json.gz') as { manners: Record<string, string> };
  expect(manners).toMatchObject({ 'our CHATML': CHATML, 'our PLAIN': PLAIN });
});

test('a tokenizer that begins each text with a token has it before a conversation too, once, and in files for others', () => {
  const llama = new PretrainedTokenizer(
    readFileSync(new URL('../../fixtures/tokenizers/llama3.json', import.meta.url), 'utf8'),
    1,
    'llama3',
  );
  const template = templateFor(undefined, llama);
  const ids = [...promptIds(TALK.slice(0, 2), template, llama)];
  expect([ids.indexOf(llama.beginId!), ids.lastIndexOf(llama.beginId!)]).toEqual([0, 0]);
  const source = pretrainedDefault(llama);
  expect(source).not.toMatch(/bos_token|eos_token/);
  expect(new ChatTemplate(source, {}).render(TALK)).toBe(template.render(TALK));
  expect(template.render(TALK)).toMatch(/^<\|begin_of_text\|>system: Be {2}kind\.\n/);
});

test('a model’s own template comes first, and knows the end token by its name', async () => {
  const template = templateFor('{{ messages[0].content }}{{ eos_token }}{{ bos_token }}', await chatml());
  expect(template.render([{ role: 'user', content: 'a' }])).toBe(`a${END_TOKEN}`);
});

// The training templates that TRL ships, and what transformers and TRL make of them: tests/fixtures/trl_templates.py.
import { expect, test } from 'vitest';
import { AtelierError } from '../../../src/base/errors/errors';
import type { Message } from '../../../src/base/conversation';
import type { ChatTemplate } from '../../../src/data/chat/chatTemplate';
import { systemIn } from '../../../src/data/chat/defaultSystem';
import { conversationRow, untilEachAnswer } from '../../../src/data/chat/gradedRow';
import { OF_PICTURES, packed, qwen, templateFrom, trlTemplates } from './trl';

interface Case {
  template: string;
  talk: number;
  text?: string;
  prompt?: string;
  spans?: string[];
  ids?: number[];
  mask?: string;
  refused?: string;
}
const golden = packed('goldens.json.gz') as { talks: Message[][]; cases: Case[] };

const FOR_TRAINING = Object.keys(trlTemplates).filter((name) => name.endsWith('_training'));
const PUBLISHED = Object.keys(trlTemplates).filter((name) => !name.endsWith('_training'));
const templateOf = (name: string): ChatTemplate => templateFrom(trlTemplates[name]!);

test('all templates of TRL 1.16 are here', () => {
  expect([FOR_TRAINING.length, PUBLISHED.length]).toEqual([31, 41]);
  expect(golden.cases).toHaveLength(72 * golden.talks.length);
});

/**
 * The conversations that the template takes, after looking that all texts are equal and that those are refused that it
 * refuses.
 */
function rendersAlike(name: string, template: ChatTemplate): Case[] {
  const code: unknown = expect.stringMatching(/^template-(refused|broken)$/);
  return golden.cases.filter((c) => {
    if (c.template !== name) return false;
    const messages = golden.talks[c.talk]!;
    const refused = c.refused !== undefined || OF_PICTURES.test(name);
    if (refused) expect(() => template.render(messages)).toThrow(expect.objectContaining({ code }));
    else {
      expect(template.render(messages)).toBe(c.text);
      expect(template.render(messages, { addGenerationPrompt: true })).toBe(c.prompt);
    }
    return !refused;
  });
}

test.each(FOR_TRAINING)('%s gives the texts, the parts and the masks of TRL', (name) => {
  const template = templateOf(name);
  for (const c of rendersAlike(name, template)) {
    const messages = golden.talks[c.talk]!;
    const { text, spans } = template.spans(messages);
    expect(spans.map(({ start, end }) => text.slice(start, end))).toEqual(c.spans);
    const { ids, weights } = conversationRow(messages, template, qwen);
    expect([...ids]).toEqual(c.ids);
    expect(weights.join('')).toBe(c.mask);
  }
});

test.each([
  ['qwen2_5', 'You are Qwen, created by Alibaba Cloud. You are a helpful assistant.'],
  ['llama3_2', expect.stringMatching(/^Cutting Knowledge Date: December 2023\nToday Date: /)],
  ['llama3', undefined],
  ['qwen3', undefined],
  ['gemma3', undefined],
])('%s tells a model to be %s where nobody else does', (name, system) => {
  expect(systemIn(templateOf(name))).toEqual(system);
});

test('an earlier answer that counts for nothing need not be told from what is around it', () => {
  const talk: Message[] = [
    { role: 'user', content: 'One?' },
    { role: 'assistant', content: 'Two.', weight: 0 },
    { role: 'user', content: 'Three?' },
    { role: 'assistant', content: 'Four.' },
  ];
  for (const name of ['qwen3', 'phi3', 'gptoss', 'qwen3_5_think']) {
    const { text, spans } = templateOf(name).spans(talk);
    expect(spans).toHaveLength(1);
    expect(text.slice(spans[0]!.start, spans[0]!.end)).toContain('Four.');
  }
});

test('of an answer TRL grades the line end behind its end token too, and the studio where the template marks it', () => {
  const talk: Message[] = [
    { role: 'user', content: 'One?' },
    { role: 'assistant', content: 'Two.' },
    { role: 'user', content: 'Three?' },
    { role: 'assistant', content: 'Four.' },
  ];
  const graded = (name: string): string => {
    const { ids, weights } = conversationRow(talk, templateOf(name), qwen);
    return qwen.decode(ids.filter((_, i) => weights[i]! > 0));
  };
  expect(graded('qwen3_instruct_2507_training')).toBe('Two.<|im_end|>\nFour.<|im_end|>\n');
  expect(graded('qwen3_instruct_2507')).toBe('Two.<|im_end|>Four.<|im_end|>');
});

interface CutTalk {
  template: string;
  talk: number;
  /**
   * For each answer the ids up to its end, and TRL's completion mask: absent where the answer does not begin as it is
   * asked for.
   */
  rows: { ids: number[]; mask: string | null }[];
}
const CUT = packed('answers.json.gz') as CutTalk[];

test.each(CUT)(
  '$template, cut after each answer of talk $talk, gives the rows and masks of TRL',
  ({ template: name, talk, rows }) => {
    const template = templateOf(name);
    const messages = golden.talks[talk]!;
    const cut = untilEachAnswer({ messages }).map((row) => row.messages);
    expect(cut).toHaveLength(rows.length);
    for (const [i, { ids, mask }] of rows.entries()) {
      if (mask === null) {
        const code = 'template-opens-otherwise';
        expect(() => conversationRow(cut[i]!, template, qwen)).toThrow(expect.objectContaining({ code }));
        continue;
      }
      const row = conversationRow(cut[i]!, template, qwen);
      expect([...row.ids]).toEqual(ids);
      // TRL grades what follows the end of a turn as well: here it is read only
      const end = ids.findLastIndex((id) => qwen.isSpecial(id) && mask[ids.lastIndexOf(id)] === '1');
      const last = end < 0 ? ids.length - 1 : end;
      expect(row.weights.join('')).toBe(mask.slice(0, last + 1).padEnd(ids.length, '0'));
    }
  },
);

test('such a conversation as a whole is refused, and says what would help', () => {
  for (const { template, talk, rows } of CUT) {
    if (rows.some(({ mask }) => mask === null)) continue;
    const code = 'template-not-prefix';
    expect(() => templateOf(template).spans(golden.talks[talk]!)).toThrow(expect.objectContaining({ code }));
  }
});

/** Published templates that write some turns otherwise once others follow, or that take no conversation cut short. */
const NOT_BY_PREFIXES = /^(deepseek|glm4moe|gptoss|llama3$|nemotron|phi3|qwen2_5_vl|qwen3$|qwen3_\d)/;

test.each(PUBLISHED)(
  '%s gives the texts of transformers, and what each answer adds or why that cannot be told',
  (name) => {
    const template = templateOf(name);
    const taken = rendersAlike(name, template);
    const told = taken.filter(({ talk }) => {
      const messages = golden.talks[talk]!;
      const answers = messages.flatMap(({ role, content }, message) =>
        role === 'assistant' ? [{ message, said: content.split('</think>').at(-1)!.trim() }] : [],
      );
      try {
        const { text, spans } = template.spans(messages);
        expect(spans.map(({ message }) => message)).toEqual(answers.map(({ message }) => message));
        spans.forEach(({ start, end }, i) => expect(text.slice(start, end)).toContain(answers[i]!.said));
        return true;
      } catch (thrown) {
        if (!(thrown instanceof AtelierError)) throw thrown;
        return false;
      }
    });
    if (NOT_BY_PREFIXES.test(name)) expect(told.length).toBeLessThan(taken.length);
    else expect(told).toEqual(taken);
  },
);

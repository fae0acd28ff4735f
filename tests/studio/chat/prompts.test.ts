import { describe, expect, test } from 'vitest';
import type { Message } from '../../../src/base/conversation';
import { OwnTokenizer } from '../../../src/data/tokens/ownTokenizer';
import { templateFor } from '../../../src/data/chat/defaultTemplates';
import { trainBpe } from '../../../src/data/tokens/trainBpe';
import { chatPrompt, promptFacts, turnEndOf } from '../../../src/studio/chat/prompts';

const TALK: Message[] = [
  { role: 'system', content: 'Be kind.' },
  { role: 'user', content: 'one' },
  { role: 'assistant', content: 'two' },
  { role: 'user', content: 'three' },
  { role: 'assistant', content: 'four' },
  { role: 'user', content: 'five' },
];
/** Each letter, and each mark, is one token. */
async function tokenizer(...special: string[]): Promise<OwnTokenizer> {
  const model = await trainBpe(['x'], 257, {});
  const added = special.map((content, i) => ({ id: model.vocab.length + i, content, special: true }));
  return new OwnTokenizer({ ...model, vocab: [...model.vocab, ...special], added: [...model.added, ...added] });
}

describe('a conversation as a prompt', () => {
  test('is whole where it fits', async () => {
    const tok = await tokenizer();
    const { ids, droppedMessages, stop } = chatPrompt(TALK, tok, undefined, { capacity: 500, maxTokens: 100 });
    expect(tok.decode(Array.from(ids))).toBe(
      'system: Be kind.\nuser: one\nassistant: two<|endoftext|>user: three\nassistant: four<|endoftext|>user: five\nassistant:',
    );
    expect(droppedMessages).toBe(0);
    expect(stop).toEqual(['\nuser:']); // turns as lines have no token of their own before a question
  });

  test('leaves its oldest turns out where it is too long, a question first, never the system prompt', async () => {
    const tok = await tokenizer();
    const whole = chatPrompt(TALK, tok, undefined).ids.length;
    const seen = (capacity: number, maxTokens: number) => {
      const { ids, droppedMessages } = chatPrompt(TALK, tok, undefined, { capacity, maxTokens });
      expect(promptFacts(TALK, tok, undefined, { capacity, maxTokens })).toEqual({
        capacity,
        prompt: ids.length,
        droppedMessages,
      });
      return { text: tok.decode(Array.from(ids)), droppedMessages };
    };
    expect(seen(whole + 20, 20).droppedMessages).toBe(0);
    expect(seen(whole + 19, 20)).toEqual({
      text: 'system: Be kind.\nuser: three\nassistant: four<|endoftext|>user: five\nassistant:',
      droppedMessages: 2,
    });
    // an answer may ask for as much as it likes: half of the context is the conversation's
    expect(seen(2 * whole, 10_000).droppedMessages).toBe(0);
    const last = 'system: Be kind.\nuser: five\nassistant:';
    expect(seen(last.length + 1, 100)).toEqual({ text: last, droppedMessages: 4 });
    expect(() => seen(last.length, 100)).toThrow(
      expect.objectContaining({ code: 'chat-too-long', facts: { tokens: last.length, capacity: last.length } }),
    );
  });
});

describe('the end of a turn', () => {
  const END = '<end_of_turn>';
  test.each([
    ['{% for m in messages %}<start_of_turn>{{ m.role }}\n{{ m.content | trim }}<end_of_turn>\n{% endfor %}', END],
    // earlier turns would be written in another way: no prefix holds, and none is needed
    ['{% for m in messages %}{{ m.content }}{% if loop.last %}!{% endif %}<end_of_turn>{% endfor %}', END],
    ['{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}', undefined],
  ])('is what the template writes after an answer: %s', async (source, end) => {
    const tok = await tokenizer('<start_of_turn>', END);
    expect(turnEndOf(templateFor(source, tok), tok)).toBe(end && tok.idOf(end));
  });
});

import type { Message } from '../base/conversation';
import type { ModelRecord } from '../base/records';
import type { ChatTemplate } from '../data/chatTemplate';
import { templateFor } from '../data/defaultTemplates';
import { conversationRow, promptIds } from '../data/gradedRow';
import type { Tokenizer } from '../data/tokenizer';

/** What a model reads before it writes, and the tokens at which it has said all. */
export interface Prompt {
  ids: ArrayLike<number>;
  ends: ReadonlySet<number>;
}

type Published = Pick<ModelRecord, 'chatTemplate' | 'endTokenIds'> | undefined;

/** Text to be written on: it begins as the model's texts do, else after the end of another, as in training. */
export const textPrompt = (text: string, tokenizer: Tokenizer, published: Published): Prompt => ({
  ids: [tokenizer.beginId ?? tokenizer.endId, ...tokenizer.encode(text)],
  ends: new Set([tokenizer.endId, ...(published?.endTokenIds ?? [])]),
});

/** A conversation whose next turn is the assistant's. Throws template-*. */
export function chatPrompt(messages: readonly Message[], tokenizer: Tokenizer, published: Published): Prompt {
  const template = templateFor(published?.chatTemplate, tokenizer);
  return { ids: promptIds(messages, template, tokenizer), ends: turnEnds(template, tokenizer, published) };
}

/** The ends of texts, and the token that ends an answer in the template, which the model's files may not name. */
export function turnEnds(template: ChatTemplate, tokenizer: Tokenizer, published: Published): ReadonlySet<number> {
  const ends = new Set([tokenizer.endId, ...(published?.endTokenIds ?? [])]);
  const { ids, weights } = conversationRow(
    [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
    ],
    template,
    tokenizer,
  );
  const last = ids[weights.findLastIndex((weight) => weight > 0)];
  if (last !== undefined && tokenizer.isSpecial(last)) ends.add(last);
  return ends;
}

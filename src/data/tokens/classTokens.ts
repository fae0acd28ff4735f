/** What a classifier reads of a text, in training and when it is asked. */
import type { Tokenizer } from './tokenizer';

/** As published classifiers have it: the token that begins a text where there is one, and none at its end. */
export function classTokens(text: string, tokenizer: Tokenizer): number[] {
  const { beginId } = tokenizer;
  return [...(beginId === undefined ? [] : [beginId]), ...tokenizer.encode(text)];
}

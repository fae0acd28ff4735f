// Adds special tokens to a tokenizer.json, with the ids that transformers gives them.
import { isObject, own, type JsonObject } from '../json';

const addedIn = (file: JsonObject): JsonObject[] => {
  const listed = own(file, 'added_tokens');
  return Array.isArray(listed) ? listed.filter(isObject) : [];
};

/**
 * The id of the next token that is added: behind all of the vocabulary and of the tokens added before, as `tokenizers`
 * counts (https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/tokenizer/added_vocabulary.rs).
 */
export function nextTokenId(json: string): number {
  const file = JSON.parse(json) as JsonObject;
  const model = own(file, 'model');
  const vocab = isObject(model) ? own(model, 'vocab') : undefined;
  let next = 0;
  for (const id of isObject(vocab) ? Object.values(vocab) : []) next = Math.max(next, Number(id) + 1);
  for (const token of addedIn(file)) next = Math.max(next, Number(own(token, 'id')) + 1);
  return next;
}

/** The file with these as special tokens behind the others, as `add_special_tokens` writes them. */
export function withSpecialTokens(json: string, texts: readonly string[]): string {
  const file = JSON.parse(json) as JsonObject;
  const first = nextTokenId(json);
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const added = texts.map((content, i) => ({ id: first + i, content, ...flags }));
  return JSON.stringify({ ...file, added_tokens: [...addedIn(file), ...added] });
}

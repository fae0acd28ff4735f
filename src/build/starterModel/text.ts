// Cuts the sample text into the rows that the base model is trained on.
import type { TokenizerModel } from '../../base/tokenizerModel';

/** Tokens of the ChatML form, which the model learns from the dialogues of the text. */
export const TURN_BEGIN = '<|im_start|>';
export const TURN_END = '<|im_end|>';

/** Names stand before the turns of a dialogue, in Latin or Chinese punctuation. */
const TURN = /^[^:：]{1,12}[:：]\s*(.+)$/;

/** A dialogue in the form of the template, its first speaker as the user; any other paragraph as it is. */
export function asTrained(paragraph: string): string {
  const turns = paragraph.split('\n').map((line) => TURN.exec(line)?.[1]);
  if (turns.length < 2 || turns.some((turn) => turn === undefined)) return paragraph;
  const role = (i: number): string => (i % 2 === 0 ? 'user' : 'assistant');
  return turns.map((turn, i) => `${TURN_BEGIN}${role(i)}\n${turn!}${TURN_END}\n`).join('');
}

/** The tokenizer with the tokens of the form behind its own. */
export function withTurns(model: TokenizerModel): TokenizerModel {
  const contents = [TURN_BEGIN, TURN_END];
  const added = contents.map((content, i) => ({ id: model.vocab.length + i, content, special: true }));
  return { ...model, vocab: [...model.vocab, ...contents], added: [...model.added, ...added] };
}

// What a model might have written in place of one token of an answer. It is computed when a person asks, by reading
// what stood before the token once more: generation keeps no probabilities.
import { AtelierError } from '../../base/errors/errors';
import type { Alternatives, AlternativesRequest, TokenChance } from '../../base/wire/requests';
import { likeliestOf, type Chance } from '../../engine/generation/likeliest';
import { commonStart, heldFrom, type GenerateParts } from './generate';
import { promptHash, type Prompt } from './prompts';

const COUNT = 5;

/**
 * The token at `at` and the likeliest ones in its place, with the probabilities of the model itself (softmax at
 * temperature 1), after exactly the tokens that the model held when it drew. A cache that holds their beginning is
 * used.
 *
 * @throws answer-context-changed
 */
export async function alternatives(
  { generator, tokenizer, inTurn }: GenerateParts,
  prompt: Prompt,
  { trace, at }: Pick<AlternativesRequest, 'trace' | 'at'>,
): Promise<Alternatives> {
  if (promptHash(prompt.ids) !== trace.promptHash) throw new AtelierError('answer-context-changed');
  const before = [...Array.from(prompt.ids), ...trace.ids.slice(0, at)];
  const held = before.slice(heldFrom(prompt.ids.length, at, generator.capacity));
  const logits = await inTurn(() => generator.prefill(held, undefined, commonStart(generator.held, held)));
  if (!(logits instanceof Float32Array)) throw new Error('all logits were asked for');
  const shown = (chance: Chance): TokenChance => ({ ...tokenizer.show(chance.id), ...chance });
  const { likeliest, drawn } = likeliestOf(logits, COUNT, trace.ids[at]!);
  return { likeliest: likeliest.map(shown), drawn: shown(drawn) };
}

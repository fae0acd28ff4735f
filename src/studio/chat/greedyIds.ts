// The likeliest tokens behind a prompt, as ids, for whoever compares them with others: no text, no stop texts.
import { throwIfCancelled } from '../../base/errors/errors';
import { stream } from '../../base/numbers/rng';
import { drawToken } from '../../engine/generation/sample';
import type { GenerateParts } from './generate';

const GREEDY = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 } as const;

export interface GreedyAsk {
  /** With what is written it fits into the context. */
  prompt: readonly number[];
  most: number;
  /** Tokens before which it ends. */
  ends?: ReadonlySet<number>;
}

/** @throws logits-not-finite, cancelled, and what the device throws */
export async function greedyIds(
  { generator, inTurn }: Pick<GenerateParts, 'generator' | 'inTurn'>,
  { prompt, most, ends }: GreedyAsk,
  signal?: AbortSignal,
): Promise<number[]> {
  const undrawn = stream(0, 'greedy');
  const said: number[] = [];
  let logits = await inTurn(() => generator.prefill(prompt, 1));
  for (;;) {
    throwIfCancelled(signal);
    const id = drawToken(logits, GREEDY, [], undrawn);
    if (ends?.has(id)) return said;
    said.push(id);
    if (said.length >= most) return said;
    logits = await inTurn(() => generator.next(id, 1));
  }
}

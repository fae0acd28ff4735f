// A new blind comparison from what the form holds: the weights behind each choice, and the prompts. It stores nothing.
import type { Sampling } from '../../../../base/chat';
import type { Candidate, JudgedPrompt, JudgingRecord } from '../../../../base/records/judging';
import type { Id } from '../../../../base/records/named';
import type { Workers } from '../../../state/workers';
import { bestOf, weightsOf, type ModelChoice } from '../../../parts/modelChoices';

/** Weights that can be compared; `bare` is the base of an adapter, without it. */
export interface CandidateChoice extends ModelChoice {
  key: string;
  bare?: true;
}

/** Every model that writes, and the base of each run with an adapter. */
export const candidateChoices = (models: readonly ModelChoice[], adapters: ReadonlySet<Id>): CandidateChoice[] =>
  models.flatMap((model) => [
    { ...model, key: model.value },
    ...(adapters.has(model.value) ? [{ ...model, key: `${model.value} bare`, bare: true as const }] : []),
  ]);

/** @throws what the data worker throws */
export async function candidateOf(data: Workers['data'], choice: CandidateChoice): Promise<Candidate> {
  const weightsId = await weightsOf(data, choice);
  const best = choice.stored ? undefined : bestOf(await data.listCheckpoints(choice.value));
  const { reading } = await data.speaker(choice.value);
  return {
    from: { name: choice.label, weightsId, ...(best && !choice.bare && { step: best.step }) },
    weightsId,
    ...(choice.bare && { bare: true as const }),
    ...(reading && { reading }),
  };
}

/** One prompt to a line, without the empty ones; as messages, or as beginnings of texts. */
export const typedPrompts = (text: string, as: 'messages' | 'beginnings'): JudgedPrompt[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => (as === 'messages' ? { asked: [{ role: 'user', content: line }] } : { asked: [], beginning: line }));

export function judgingOf(
  name: string,
  candidates: Candidate[],
  prompts: JudgedPrompt[],
  sampling: Sampling,
): JudgingRecord {
  const now = Date.now();
  return {
    ...{ id: crypto.randomUUID(), name, createdAt: now, updatedAt: now },
    ...{ candidates, prompts, sampling, seed: sampling.seed },
    answers: prompts.map(() => candidates.map(() => null)),
  };
}

// The evaluation of a run of one or several texts, from that of each text. How a text is measured is its caller's.
import type { Batch, TextHeldOut, Windows } from '../../base/batch';
import type { Rewards } from '../../base/wire/events';
import type { Evaluation } from '../../engine/training/evaluation';

/** What was measured on the held-out rows of one text. */
export interface MeasuredText {
  share: number;
  of: Evaluation;
}

/** The held-out windows of each text; of a run that mixes none, its own. */
export const heldTexts = <B extends Batch>(windows: Windows<B>): readonly TextHeldOut<B>[] =>
  windows.texts ?? [{ share: 1, validationBatches: () => windows.validationBatches() }];

/** One text after the other. */
export async function evaluatedTexts<T extends { share: number }>(
  texts: readonly T[],
  evaluate: (text: T) => Promise<Evaluation>,
): Promise<Evaluation> {
  const measured: MeasuredText[] = [];
  for (const text of texts) measured.push({ share: text.share, of: await evaluate(text) });
  return measured.length === 1 ? measured[0]!.of : ofAllTexts(measured);
}

/**
 * The means by share, as the run trains on the texts; one of which nothing is held out counts for nothing. `origins`
 * has the loss of each.
 */
export function ofAllTexts(texts: readonly MeasuredText[]): Evaluation {
  const counted = texts.filter(({ of }) => of.labels > 0);
  const shares = counted.reduce((sum, { share }) => sum + share, 0);
  const mean = (value: (of: Evaluation) => number): number =>
    counted.reduce((sum, { share, of }) => sum + share * value(of), 0) / shares;
  const first = counted[0]?.of.rewards;
  const names = Object.keys(first ?? {}) as (keyof Rewards)[];
  const rewards = Object.fromEntries(names.map((name) => [name, mean((of) => of.rewards?.[name] ?? NaN)]));
  return {
    loss: mean(({ loss }) => loss),
    accuracy: mean(({ accuracy }) => accuracy),
    labels: counted.reduce((sum, { of }) => sum + of.labels, 0),
    ...(first && { rewards: { ...first, ...rewards } }),
    origins: texts.map(({ of }) => (of.labels > 0 ? of.loss : NaN)),
  };
}

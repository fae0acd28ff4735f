// The pairs of a blind comparison in the order in which they are asked, by its seed. It reads nothing.
import { stream } from '../../base/numbers/rng';
import type { JudgingRecord } from '../../base/records/judging';
import type { BlindPair } from '../../base/wire/judging';

type Asking = { candidates: readonly unknown[]; prompts: readonly unknown[] } & Pick<JudgingRecord, 'seed'>;

/** Every two of so many, the lesser first. */
export const couplesOf = (size: number): [first: number, second: number][] =>
  Array.from({ length: size }, (_, i) => i).flatMap((first) =>
    Array.from({ length: size - first - 1 }, (_, i): [number, number] => [first, first + 1 + i]),
  );

/**
 * Each two candidates once on each prompt. Of any beginning, a candidate stands left as often as right beside each
 * other one, or once more: sides are drawn in twos, one of each.
 */
export function blindPairs({ candidates, prompts, seed }: Asking): BlindPair[] {
  const order = stream(seed, 'blind-prompts').shuffle(prompts.map((_, i) => i));
  const couples = couplesOf(candidates.length);
  const turned = couples.map(([first, second]) => sides(prompts.length, seed, first, second));
  return order.flatMap((prompt, round) =>
    couples.map((_, i): BlindPair => {
      const at = (i + round) % couples.length;
      const [first, second] = couples[at]!;
      return turned[at]![round] ? { prompt, left: second, right: first } : { prompt, left: first, right: second };
    }),
  );
}

function sides(count: number, ...of: number[]): boolean[] {
  const random = stream(of[0]!, 'blind-sides', ...of.slice(1));
  const turned: boolean[] = [];
  while (turned.length < count) {
    const first = random.below(2) === 1;
    turned.push(first, !first);
  }
  return turned.slice(0, count);
}

// Which answer of a pair the likelihoods pick, as lm-evaluation-harness picks one of several choices.
import type { PreferenceRow, WrittenLength } from '../metric';

/** 1 where the preferred answer is picked, of equals too since it stands first; undefined where lengths are unknown. */
export function pickedRight(
  { chosen, rejected, written }: PreferenceRow,
  measure: keyof WrittenLength,
): number | undefined {
  if (!written || Number.isNaN(chosen + rejected)) return undefined;
  const worth = (likelihood: number, length: WrittenLength): number => likelihood / length[measure];
  return Number(worth(chosen, written.chosen) >= worth(rejected, written.rejected));
}

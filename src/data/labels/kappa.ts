// Cohen's kappa: how far two series of answers agree beyond what chance gives (Cohen, 1960). Checked against
// scikit-learn's `cohen_kappa_score`.

/** Undefined for no pairs, and where each series has but one and the same answer: chance explains everything. */
export function cohenKappa(pairs: readonly (readonly [string, string])[]): number | undefined {
  const [first, second] = [new Map<string, number>(), new Map<string, number>()];
  let same = 0;
  for (const [a, b] of pairs) {
    first.set(a, (first.get(a) ?? 0) + 1);
    second.set(b, (second.get(b) ?? 0) + 1);
    if (a === b) same++;
  }
  const n = pairs.length;
  const chance = [...first].reduce((sum, [answer, count]) => sum + count * (second.get(answer) ?? 0), 0) / (n * n);
  return n === 0 || chance === 1 ? undefined : (same / n - chance) / (1 - chance);
}

// The edit distance of two texts (Levenshtein, 1966) in UTF-16 units, as the package fastest-levenshtein counts it,
// which promptfoo asks.

/** Insertions, deletions and replacements of one unit, at least, that make one text of the other. */
export function editDistance(a: string, b: string): number {
  let before = Uint32Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = new Uint32Array(b.length + 1);
    row[0] = i;
    for (let j = 1; j <= b.length; j++) {
      const replaced = before[j - 1]! + Number(a.charCodeAt(i - 1) !== b.charCodeAt(j - 1));
      row[j] = Math.min(replaced, before[j]! + 1, row[j - 1]! + 1);
    }
    before = row;
  }
  return before[b.length]!;
}

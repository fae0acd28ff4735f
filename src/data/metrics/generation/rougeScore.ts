// ROUGE (Lin, 2004) as rouge-score computes it: the mean over rows of F1 of shared runs of words, or of the longest
// common sequence. rouge-score knows a–z and 0–9 only and drops all else; here Chinese, Japanese and Korean characters
// stay, each as a word. A row whose reference has no word of either kind is not scored.
import type { Metric } from '../metric';
import { meanMetric } from '../totals';
import { porterStem } from './porterStem';
import { countsOf, runsOf, sharedCount, splitWords, spacedOut, totalCount } from './textPieces';

const NO_WORD = /[^a-z0-9\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]+/gu;

/** Only words of more than three letters are cut to their stem. */
export function rougeWords(text: string, stem: boolean): string[] {
  const words = splitWords(spacedOut(text.toLowerCase().replace(NO_WORD, ' ')));
  return stem ? words.map((word) => (word.length > 3 ? porterStem(word) : word)) : words;
}

const f1 = (shared: number, own: number, theirs: number): number => {
  const [precision, recall] = [shared / Math.max(own, 1), shared / Math.max(theirs, 1)];
  return precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
};

function rougeN(answer: readonly string[], reference: readonly string[], n: number): number {
  const [own, theirs] = [countsOf(runsOf(answer, n)), countsOf(runsOf(reference, n))];
  return f1(sharedCount(own, theirs), totalCount(own), totalCount(theirs));
}

/** Length of the longest sequence of words that both hold in order, not necessarily side by side. */
function longestCommon(a: readonly string[], b: readonly string[]): number {
  let before = new Uint32Array(b.length + 1);
  for (const word of a) {
    const row = new Uint32Array(b.length + 1);
    for (let j = 1; j <= b.length; j++)
      row[j] = word === b[j - 1] ? before[j - 1]! + 1 : Math.max(before[j]!, row[j - 1]!);
    before = row;
  }
  return before[b.length]!;
}

/** Of several references the one that the answer is nearest to. */
export function rougeMetric(key: string, kind: 1 | 2 | 'L', stem: boolean): Metric<'generation'> {
  const signature = `rouge${kind}|stem:${stem ? 'yes' : 'no'}|cjk:characters|rouge-score:0.1.2`;
  return meanMetric<'generation'>({ key, task: 'generation', unit: 'share', direction: 'up', signature }, (row) => {
    const own = rougeWords(row.answer, stem);
    const references = row.references.map((text) => rougeWords(text, stem)).filter((words) => words.length > 0);
    if (references.length === 0) return undefined;
    const score = (theirs: readonly string[]): number =>
      kind === 'L' ? f1(longestCommon(own, theirs), own.length, theirs.length) : rougeN(own, theirs, kind);
    return Math.max(...references.map(score));
  });
}

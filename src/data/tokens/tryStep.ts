// Tries a step of a tokenizer.json over texts that are hard for expressions.
import { normalizerOf } from './alignedText';
import { preTokenizerOf } from './preTokenizer';
import type { PlacedStep } from './tokenizerSteps';

/** Units of a text that a step is tried over: an expression that takes exponential time needs some dozens. */
const LENGTH = 5000;
/** Characters of a step that get a text of their own. */
const MOST_CHARACTERS = 48;
const CHARACTERS = [' ', 'a', 'A', '\n', '\t', "'", '1', '漢', '!', 'aA', 'a ', '\u0301'];

/** Runs a step over hard texts; that it ends is all that this shows. */
export function tryStep({ kind, step }: PlacedStep): void {
  const normalize = normalizerOf(kind === 'normalizer' ? step : null);
  const cut = preTokenizerOf(kind === 'pre_tokenizer' ? step : null);
  const own = new Set(JSON.stringify(step));
  for (const part of [...CHARACTERS, ...[...own].slice(0, MOST_CHARACTERS)])
    cut(normalize({ text: part.repeat(LENGTH / part.length) }).text, true);
}

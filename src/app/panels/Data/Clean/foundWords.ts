// What a step found in the rows, in words: each kind with its number, the most frequent first.
import { foundName } from '../../../words/cleanWords';
import { language } from '../../../words/language.svelte';

export const foundWords = (kind: string, found: Readonly<Record<string, number>> = {}): string[] =>
  Object.entries(found)
    .sort(([, a], [, b]) => b - a)
    .map(([code, count]) => `${foundName(kind, code)}: ${language.format.integer(count)}`);

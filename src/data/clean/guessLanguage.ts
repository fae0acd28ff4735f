// Which language a row is in, guessed from its letter triples by a library that is loaded when it is first needed.
import { codePointsIn, lookedAtText } from './rowText';
import type { CleanRow } from './step';

/** Languages by ISO 639-3 codes, the likeliest first, with a score of 1. */
export type LanguageGuess = readonly (readonly [language: string, score: number])[];

/** Characters that are looked at: more tell no more. */
const LOOKED_THROUGH = 2000;
/** Rows of fewer characters are unsure, where nobody says otherwise. */
export const UNSURE_BELOW = 20;

let guessAll: ((text: string) => LanguageGuess) | undefined;

export async function loadLanguages(): Promise<void> {
  const { francAll } = await import('franc-min');
  guessAll = francAll;
}

/** Nothing where it is unsure; `loadLanguages` goes before. */
export function languageGuesses(row: CleanRow, least = UNSURE_BELOW): LanguageGuess {
  const text = lookedAtText(row, 'row').slice(0, LOOKED_THROUGH);
  if (codePointsIn(text) < least) return [];
  return (guessAll?.(text) ?? []).filter(([code]) => code !== 'und');
}

/** The likeliest language of a text by itself; undefined where it is unsure. */
export async function francLanguage(text: string): Promise<string | undefined> {
  await loadLanguages();
  if (Array.from(text.slice(0, LOOKED_THROUGH)).length < UNSURE_BELOW) return undefined;
  const [code] = guessAll?.(text.slice(0, LOOKED_THROUGH))[0] ?? ['und'];
  return code === 'und' ? undefined : code;
}

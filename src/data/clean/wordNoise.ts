// The step that adds copies of rows in which words are left out or change places by chance, as in “Easy data
// augmentation” (Wei and Zou, 2019); words of Chinese are those of the browser's segmenter.
import type { RandomStream } from '../../base/numbers/rng';
import { COPY_DEFAULTS, COPY_LIMITS, Copies } from './copies';
import { LOOKED_AT } from './rowText';
import type { CleanStep } from './step';
import { piecesOf, type Piece } from './words';

interface Settings {
  [name: string]: number | string;
  seed: number;
  share: number;
  copies: number;
  on: string;
  /** Of each word. */
  leaveOut: number;
  swap: number;
}

const SENTENCE_END = /[.!?。！？\n]/u;
const BLANK = /^[^\S\n]+$/u;

/** The places of the words of each sentence. */
function sentencesOf(pieces: readonly Piece[]): number[][] {
  const sentences: number[][] = [[]];
  for (const [i, { text, isWord }] of pieces.entries()) {
    if (isWord) sentences.at(-1)!.push(i);
    else if (SENTENCE_END.test(text)) sentences.push([]);
  }
  return sentences;
}

/** Each word changes places with another one of its sentence, as often as the chance says. */
function swapWords(pieces: Piece[], probability: number, random: RandomStream): void {
  for (const words of sentencesOf(pieces).filter(({ length }) => length > 1))
    for (const [place, at] of words.entries()) {
      if (random.next() >= probability) continue;
      const other = words[(place + 1 + random.below(words.length - 1)) % words.length]!;
      [pieces[at], pieces[other]] = [pieces[other]!, pieces[at]!];
    }
}

/** At least one word stays; with a word goes the blank behind it, or else the one before it. */
function leaveOutWords(pieces: readonly Piece[], probability: number, random: RandomStream): string {
  const words = pieces.flatMap(({ isWord }, i) => (isWord ? [i] : []));
  const gone = new Set(words.filter(() => random.next() < probability));
  if (gone.size === words.length && words.length > 0) gone.delete(words[random.below(words.length)]!);
  const kept: string[] = [];
  for (let i = 0; i < pieces.length; i++) {
    if (!gone.has(i)) kept.push(pieces[i]!.text);
    else if (BLANK.test(pieces[i + 1]?.text ?? '')) i++;
    else if (BLANK.test(kept.at(-1) ?? '')) kept.pop();
  }
  return kept.join('');
}

export function noisy(
  text: string,
  { leaveOut, swap }: Pick<Settings, 'leaveOut' | 'swap'>,
  random: RandomStream,
): string {
  const pieces = piecesOf(text);
  swapWords(pieces, swap, random);
  return leaveOutWords(pieces, leaveOut, random);
}

export const wordNoiseStep: CleanStep<Settings> = {
  kind: 'word-noise',
  defaults: { leaveOut: 0.1, swap: 0.1, ...COPY_DEFAULTS, on: 'question' },
  reasons: ['word-noise'],
  limits: { leaveOut: [0, 1], swap: [0, 1], ...COPY_LIMITS },
  choices: { on: LOOKED_AT },
  byHand: true,
  augments: true,
  start: (settings) => new Copies('word-noise', settings, (text, random) => noisy(text, settings, random)),
};

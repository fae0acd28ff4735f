// The step for rows that are sorted into classes: small letters, no punctuation, without words of a list, words in
// their dictionary form. A model that writes must never learn from such text: it would write so.
import { lemmaOf, type Lemmatizer } from './lemmas';
import { rewriting } from './rowText';
import type { CleanStep, StepPass } from './step';
import { STOP_LISTS, stopWordsOf } from './stopWords';
import { wordsPattern } from './wordList';
import { piecesOf } from './words';

interface Settings {
  [name: string]: boolean | string | readonly string[];
  lower: boolean;
  punctuation: boolean;
  stopWords: readonly string[];
  stopList: string;
  lemmas: boolean;
}

/** What is loaded for it. */
interface Lexicon {
  stop?: ReadonlySet<string>;
  /** Stop words of several words. */
  phrases?: RegExp | undefined;
  lemmatizer?: Lemmatizer;
}

function byWord(text: string, { stop, phrases, lemmatizer }: Lexicon): string {
  if (!stop && !lemmatizer) return text;
  return piecesOf(phrases ? text.replace(phrases, ' ') : text)
    .map(({ text: word, isWord }) => {
      if (!isWord) return word;
      if (stop?.has(word.toLowerCase())) return '';
      return lemmatizer ? lemmaOf(word, lemmatizer) : word;
    })
    .join('');
}

function folding({ lower, punctuation, stopWords }: Settings, lexicon: () => Lexicon): (text: string) => string {
  const listed = wordsPattern(stopWords);
  return (text) => {
    const small = byWord(lower ? text.toLowerCase() : text, lexicon());
    const bare = punctuation ? small.replace(/[\p{P}\p{S}]+/gu, ' ') : small;
    const kept = listed ? bare.replace(listed, ' ') : bare;
    return kept === text ? text : kept.replace(/[ \t]+/g, ' ').trim();
  };
}

async function loaded({ stopList, lemmas }: Settings): Promise<Lexicon> {
  const words = await stopWordsOf(stopList);
  const phrases = wordsPattern(words.filter((word) => /\s/.test(word)));
  return {
    ...(words.length && { stop: new Set(words), phrases }),
    ...(lemmas && { lemmatizer: (await import('wink-lemmatizer')).default }),
  };
}

function start(settings: Settings): StepPass {
  let lexicon: Lexicon = {};
  return {
    ...rewriting('fold', folding(settings, () => lexicon)), // prettier-ignore
    load: async () => void (lexicon = await loaded(settings)),
  };
}

export const foldStep: CleanStep<Settings> = {
  kind: 'fold',
  defaults: { lower: true, punctuation: true, stopList: 'none', stopWords: [], lemmas: false },
  reasons: ['fold'],
  choices: { stopList: ['none', ...STOP_LISTS] },
  byHand: true,
  columns: () => ['label'],
  start,
};

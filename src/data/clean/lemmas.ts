// The dictionary forms of English words, by the lexicon of wink-lemmatizer (WordNet's). It knows no parts of speech: a
// word that may be a verb is taken for one.

export interface Lemmatizer {
  verb(word: string): string;
  noun(word: string): string;
  adjective(word: string): string;
}

/** Singulars that end like plurals, which the lexicon cuts where it knows the rest (boss, bos). */
const NO_PLURAL = /(?:ss|us|is)$/;
/** Shorter words are plurals of hardly anything: his, its, was. */
const SHORTEST_PLURAL = 4;

export function lemmaOf(word: string, { verb, noun, adjective }: Lemmatizer): string {
  if (!/^[A-Za-z]+$/.test(word)) return word;
  const small = word.toLowerCase();
  const base = verb(small);
  if (base !== small) return base;
  const single = small.length < SHORTEST_PLURAL || NO_PLURAL.test(small) ? small : noun(small);
  if (single !== small) return single;
  const plain = adjective(small);
  return plain === small ? word : plain;
}

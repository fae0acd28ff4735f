// Types of packages that bring none: what the step `fold` uses of them.
declare module 'stopword' {
  type Words = readonly string[];
  export const ara: Words, deu: Words, eng: Words, fra: Words, hin: Words, ind: Words, ita: Words, jpn: Words;
  export const kor: Words, nld: Words, pol: Words, por: Words, rus: Words, spa: Words, swe: Words, tur: Words;
  export const ukr: Words, vie: Words, zho: Words;
}

declare module 'wink-lemmatizer' {
  const lemmatizer: {
    verb(word: string): string;
    noun(word: string): string;
    adjective(word: string): string;
  };
  export default lemmatizer;
}

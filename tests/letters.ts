// A tokenizer of as many ids as the small models of tests/fixtures have (53): a letter each for those that are left.
import { END_TOKEN, UNKNOWN_TOKEN } from '../src/base/tokenizerModel';
import { writeTokenizerJson } from '../src/formats/huggingFace/tokenizerJson';

export function lettersTokenizer(): File {
  const letters = Array.from({ length: 51 }, (_, i) => String.fromCodePoint(0x4e00 + i));
  const added = [END_TOKEN, UNKNOWN_TOKEN].map((content, id) => ({ id, content, special: true }));
  const vocab = [END_TOKEN, UNKNOWN_TOKEN, ...letters];
  const json = writeTokenizerJson({ kind: 'characters', vocab, merges: [], added, endId: 0, unkId: 1 });
  return new File([json], 'tokenizer.json');
}

// A text as words and what stands between them, by the browser's segmenter, which knows the words of Chinese, Japanese
// and Thai too.

export interface Piece {
  text: string;
  isWord: boolean;
}

let segmenter: Intl.Segmenter | undefined;

/** Any locale knows the words of all scripts. */
export function piecesOf(text: string): Piece[] {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'word' });
  return Array.from(segmenter.segment(text), ({ segment, isWordLike }) => ({
    text: segment,
    isWord: isWordLike === true,
  }));
}

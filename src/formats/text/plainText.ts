// Cuts plain text into paragraphs of bounded length.
import { linesOf } from './lines';

/** A paragraph above this many UTF-16 units is cut at line ends, a line above it at sentence ends or spaces. */
export const LONGEST_PARAGRAPH = 4000;

/** Rows of .txt and .md: paragraphs between blank lines, line ends as \n, without blank edges. */
export async function* paragraphs(chunks: AsyncIterable<string> | Iterable<string>): AsyncGenerator<string> {
  let lines: string[] = [];
  let length = 0;
  let afterCut = false;
  for await (const line of linesOf(chunks, LONGEST_PARAGRAPH)) {
    const blank = line.text.trim() === '';
    if (lines.length && (blank || afterCut || length + line.text.length > LONGEST_PARAGRAPH)) {
      yield lines.join('\n');
      lines = [];
      length = 0;
    }
    afterCut = line.cut;
    if (blank) continue;
    lines.push(line.text.trimEnd());
    length += line.text.length + 1;
  }
  if (lines.length) yield lines.join('\n');
}

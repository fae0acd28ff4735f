// Long names cut in their middle: those of one series differ at their end.

/** Characters of the end that stay. */
const END = 14;

const segmenter = new Intl.Segmenter();

/** Cut between characters as people see them: an emoji of several code points stays whole. */
export function inShort(name: string, longest: number): string {
  const characters = Array.from(segmenter.segment(name), ({ segment }) => segment);
  if (characters.length <= longest) return name;
  const begin = characters
    .slice(0, longest - END)
    .join('')
    .trimEnd();
  return `${begin} … ${characters.slice(-END).join('').trimStart()}`;
}

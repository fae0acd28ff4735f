// Long names cut in their middle: those of one series differ at their end.

/** Characters of the end that stay. */
const END = 14;

/** Cut by characters of Unicode, so that no pair of surrogates is parted. */
export function inShort(name: string, longest: number): string {
  const characters = [...name];
  if (characters.length <= longest) return name;
  const begin = characters
    .slice(0, longest - END)
    .join('')
    .trimEnd();
  return `${begin} … ${characters.slice(-END).join('').trimStart()}`;
}

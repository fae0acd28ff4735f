// What servers call a model. Ollama refuses capitals and all but a few signs, shells act on much else.

/** Accents go with the letters that they stand on; letters of other scripts have no spelling here. */
const plainLetters = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();

/** FNV-1a over UTF-16 (http://www.isthe.com/chongo/tech/comp/fnv/), shortened: names that differ get others. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36).padStart(7, '0').slice(-6);
}

/**
 * Ollama takes 80 signs (https://github.com/ollama/ollama/blob/main/types/model/name.go); others put an ending of their
 * own behind it.
 */
const LONGEST = 60;

/**
 * Letters and digits of ASCII stay; where others are lost, or it is too long, a few letters tell the name from those
 * that lost others.
 */
export function serverName(name: string): string {
  const letters = plainLetters(name);
  const plain = letters.replace(/[^a-z0-9._-]+/g, '-').replace(/^[-._]+|[-._]+$/g, '');
  const lost = plain === '' || /[^\P{L}a-z]|[^\P{N}0-9]/u.test(letters);
  if (!lost && plain.length <= LONGEST) return plain;
  const short = plain.slice(0, LONGEST).replace(/[-._]+$/, '');
  return `${short || 'model'}-${shortHash(name)}`;
}

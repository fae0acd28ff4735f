// Rows with planted near-duplicates and leaks, drawn from a seed, and which they are. Similarities are counted with sets
// of strings, apart from what the studio counts with.
import { stream, type RandomStream } from '../../../src/base/numbers/rng';

const SYLLABLES = 'ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo ya zel brin cor dast ept frol'.split(' ');
const HAN =
  '的一是不了人我在有他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生自会那后能对着事其里所去行过家十用发天如然作方成者多日都三小军二无同么经法当起与好看学进种将还分此心前面又定见';

/** Rows of this kind: words of Latin script, or Chinese characters. */
export type PlantedKind = 'long' | 'short' | 'chinese';

export const wordsOf = (random: RandomStream, count: number): string[] =>
  Array.from({ length: count }, () =>
    Array.from({ length: 1 + random.below(3) }, () => SYLLABLES[random.below(SYLLABLES.length)]!).join(''),
  );

export const chineseOf = (random: RandomStream, count: number): string[] =>
  Array.from({ length: count }, () => HAN[random.below(HAN.length)]!);

const UNITS: Record<PlantedKind, { draw: (random: RandomStream) => string[]; glue: string }> = {
  long: { draw: (random) => wordsOf(random, 30 + random.below(40)), glue: ' ' },
  short: {
    draw: (random) =>
      Array.from(
        wordsOf(random, 9)
          .join(' ')
          .slice(0, 30 + random.below(50)),
      ),
    glue: '',
  },
  chinese: { draw: (random) => chineseOf(random, 20 + random.below(60)), glue: '' },
};

/** These rows hold no character of two UTF-16 units. */
const shingles = (text: string, size: number): Set<string> =>
  new Set(Array.from({ length: Math.max(1, text.length - size + 1) }, (_, i) => text.slice(i, i + size)));

const sizeOf = (text: string): number => (text.length < 60 || /[\u4e00-\u9fff]/.test(text) ? 3 : 5);

export function jaccardOf(a: string, b: string): number {
  const size = Math.min(sizeOf(a), sizeOf(b));
  const [of, other] = [shingles(a, size), shingles(b, size)];
  const shared = [...of].filter((shingle) => other.has(shingle)).length;
  return shared / (of.size + other.size - shared);
}

/** A pair of places in `rows`, and how similar they are. */
export interface PlantedPair {
  a: number;
  b: number;
  similarity: number;
}

/**
 * Rows of one kind of which every third has a copy, changed unit by unit until the similarity lies in the range; other
 * rows have nothing to do with each other.
 */
export function plantNearDuplicates(seed: number, kind: PlantedKind, count: number, [least, most]: [number, number]) {
  const random = stream(seed, 'planted', kind);
  const { draw, glue } = UNITS[kind];
  const rows: string[] = [];
  const pairs: PlantedPair[] = [];
  while (rows.length < count) {
    const units = draw(random);
    const row = units.join(glue);
    rows.push(row);
    if (rows.length % 3 !== 0) continue;
    const copy = copyWithin(row, units, glue, random, draw, [least, most]);
    if (!copy) continue;
    pairs.push({ a: rows.length - 1, b: rows.length, similarity: copy.similarity });
    rows.push(copy.text);
  }
  return { rows, pairs };
}

/** A copy in the range; undefined where one more change jumped over it. */
function copyWithin(
  row: string,
  units: readonly string[],
  glue: string,
  random: RandomStream,
  draw: (random: RandomStream) => string[],
  [least, most]: [number, number],
): { text: string; similarity: number } | undefined {
  const copy = [...units];
  for (;;) {
    copy[random.below(copy.length)] = draw(random)[0]!;
    const text = copy.join(glue);
    const similarity = jaccardOf(row, text);
    if (similarity < least) return undefined;
    if (similarity < most) return { text, similarity };
  }
}

/** A conversation of one turn with its side. */
export interface PlantedTalk {
  question: string;
  answer: string;
  held: boolean;
}

/**
 * Conversations of which a tenth are held out, and `leaks`: the places of the held-out ones that training gives away, by
 * a passage of 12 to 20 words of the answer in an answer or a question, or as a near-copy. As many share 6 to 11 words.
 */
export function plantLeaks(seed: number, count: number): { talks: PlantedTalk[]; leaks: number[] } {
  const random = stream(seed, 'leaks');
  const talks: PlantedTalk[] = [];
  const leaks: number[] = [];
  const text = (words: number): string => wordsOf(random, words).join(' ');
  const around = (passage: string): string =>
    `${text(5 + random.below(20))}, ${passage}! ${text(5 + random.below(20))}`;
  const talk = (answer: string, held: boolean, question = text(6 + random.below(8))): number =>
    talks.push({ question, answer, held }) - 1;
  while (talks.length < count) {
    for (let i = 0; i < 14; i++) talk(text(20 + random.below(40)), i === 0);
    const passage = text(12 + random.below(9));
    leaks.push(talk(around(passage.toUpperCase()), true));
    if (random.below(2) === 0) talk(around(passage), false);
    else talk(text(30), false, around(passage));
    const tooShort = text(6 + random.below(6));
    talk(around(tooShort), true);
    talk(around(tooShort), false);
    const answer = text(40);
    leaks.push(talk(answer, true, 'Say it again, please'));
    talk(answer.replace(' ', ', '), false, 'Say it again, please!');
  }
  return { talks, leaks };
}

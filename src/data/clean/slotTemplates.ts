// Templates that a person writes, with slots in braces, and the lists of values that fill them: read and filled in. It
// knows no rows.
import type { RandomStream } from '../../base/numbers/rng';

/**
 * Lines as “name: one, another”, with Chinese marks too.
 * @param take False where the line says nothing
 * @returns the numbers of these lines, from 1
 */
export function readLists(lines: readonly string[], take: (name: string, values: string[]) => boolean): number[] {
  return lines.flatMap((line, i) => {
    if (line.trim() === '') return [];
    const [, name = '', list = ''] = /^([^:：]*)[:：](.*)$/su.exec(line) ?? [];
    const values = list.split(/[,，、;；]/u).flatMap((value) => (value.trim() === '' ? [] : [value.trim()]));
    return name.trim() !== '' && values.length && take(name.trim(), values) ? [] : [i + 1];
  });
}

export interface Template {
  /** From 1. */
  line: number;
  asked: string;
  answered?: string;
  /** The names in its braces, each once. */
  slots: readonly string[];
}

const SLOT = /\{([\p{L}\p{N}_][\p{L}\p{N}_ .-]*)\}/gu;

/** One to a line: “question => answer”, or one text alone; \n in it is a new line. */
export function templatesIn(lines: readonly string[]): Template[] {
  return lines.flatMap((line, i) => {
    const [asked = '', ...rest] = line.split('=>').map((side) => side.trim().replaceAll('\\n', '\n'));
    if (asked === '') return [];
    const answered = rest.length ? { answered: rest.join('=>') } : {};
    const slots = [...new Set(Array.from(line.matchAll(SLOT), ([, name = '']) => name.trim()))];
    return [{ line: i + 1, asked, ...answered, slots }];
  });
}

export const filled = (text: string, values: ReadonlyMap<string, string>): string =>
  text.replace(SLOT, (slot, name: string) => values.get(name.trim()) ?? slot);

/** Up to so many times the asked ones, places are drawn from all of them; beyond, each is drawn by itself. */
const FEW = 4;

/**
 * The ways of choosing one of each list: all where there are at most so many, else as many by chance, none twice.
 * @param sizes Of the lists
 */
export function combinations(sizes: readonly number[], most: number, random: RandomStream): number[][] {
  const total = sizes.reduce((product, size) => product * size, 1);
  if (total > FEW * most) return drawn(sizes, most, random);
  const places = Array.from({ length: total }, (_, i) => i);
  const chosen = total > most ? random.shuffle(places).slice(0, most).sort((a, b) => a - b) : places; // prettier-ignore
  return chosen.map((place) => digitsOf(place, sizes));
}

/** The last list changes first. */
function digitsOf(place: number, sizes: readonly number[]): number[] {
  let left = place;
  return sizes
    .toReversed()
    .map((size) => {
      const digit = left % size;
      left = Math.floor(left / size);
      return digit;
    })
    .reverse();
}

function drawn(sizes: readonly number[], most: number, random: RandomStream): number[][] {
  const found = new Map<string, number[]>();
  while (found.size < most) {
    const digits = sizes.map((size) => random.below(size));
    found.set(digits.join(), digits);
  }
  return [...found.values()];
}

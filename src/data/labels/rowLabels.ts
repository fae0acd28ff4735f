// The labels of rows as their columns have them, and the classes that these make. It reads no storage.
import { MOST_SEVERAL, type Classes } from '../../base/modelShape';
import type { RowFacts } from '../../base/records/recipe';
import { AtelierError } from '../../base/errors/errors';
import { toldClasses } from '../../base/wire/classes';

/** More is no set of classes but a column of texts or numbers. */
const MOST_CLASSES = 1000;

export interface RowLabels {
  names: readonly string[];
  /** It stood as a list. */
  listed: boolean;
}

/** What a row's label says; undefined where it has none. An empty list is a label: the text has no class. */
export function labelsOfRow({ label, labels }: RowFacts): RowLabels | undefined {
  const value = labels ?? label;
  if (value === undefined) return undefined;
  const list = typeof value === 'string' ? listIn(value) : undefined;
  if (list) return { names: [...new Set(list)], listed: true };
  const name = String(value).trim();
  return name === '' ? undefined : { names: [name], listed: false };
}

/** A list of names or numbers that is written as JSON. */
function listIn(text: string): string[] | undefined {
  if (!text.trimStart().startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const isName = (one: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof one);
    if (!Array.isArray(value) || !value.every(isName)) return undefined;
    return value.map((one) => String(one).trim()).filter((name) => name !== '');
  } catch {
    return undefined;
  }
}

/** `see` the labels of all rows, then ask for the classes. */
export class ClassCollector {
  #several = false;
  readonly #names = new Set<string>();
  readonly #declared: (readonly string[])[] = [];

  /** The classes of a file that names them, in the order of their ids. */
  declare(names: readonly string[]): void {
    this.#declared.push(names);
  }

  /** @throws classes-many */
  see(labels: RowLabels | undefined): void {
    if (!labels) return;
    this.#several ||= labels.listed;
    for (const name of labels.names) this.#names.add(name);
    if (this.#names.size > MOST_CLASSES) throw new AtelierError('classes-many', { most: MOST_CLASSES });
  }

  /**
   * As a file declares them where it names all that rows have; else in the order of their names, numbers first and by
   * their size; of a classifier that is trained further in its own.
   * @throws dataset-not-labelled, classes-one, classes-several-many, class-unknown
   */
  classes(name: string, known?: Classes): Classes {
    if (!this.#names.size) throw new AtelierError('dataset-not-labelled', { name });
    if (known) return this.#within(known);
    const declared = this.#declared.find((names) => [...this.#names].every((name) => names.includes(name)));
    const names = declared ?? [...this.#names].sort(byName);
    if (names.length < 2 && !this.#several) throw new AtelierError('classes-one', { label: names[0]! });
    if (this.#several && names.length > MOST_SEVERAL)
      throw new AtelierError('classes-several-many', { found: names.length, most: MOST_SEVERAL });
    return { names, ...(this.#several && { several: true as const }) };
  }

  #within(known: Classes): Classes {
    const stranger = [...this.#names].find((name) => !known.names.includes(name));
    const shown = toldClasses(known.names);
    if (stranger !== undefined) throw new AtelierError('class-unknown', { label: stranger, classes: shown });
    if (this.#several && !known.several) throw new AtelierError('classes-not-several', { classes: shown });
    return known;
  }
}

/** Numbers first. Code units decide, not the language of the page: the ids of classes are stored. */
function byName(a: string, b: string): number {
  const [x, y] = [a, b].map((name) => (Number.isFinite(Number(name)) ? Number(name) : Infinity)) as [number, number];
  if (x !== y) return x < y ? -1 : 1;
  return a < b ? -1 : Number(a > b);
}

/** The number that stands for a row's labels: the id of its class, or the bits of several. */
export function labelNumber({ names: all, several }: Classes, names: readonly string[]): number {
  const ids = names.map((name) => all.indexOf(name));
  return several ? ids.reduce((bits, id) => bits + 2 ** id, 0) : ids[0]!;
}

/** The names that such a number stands for. */
export const labelsIn = ({ names, several }: Classes, number: number): string[] =>
  several ? names.filter((_, id) => ((number >> id) & 1) === 1) : names.slice(number, number + 1);

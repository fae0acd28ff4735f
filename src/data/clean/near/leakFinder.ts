/**
 * Finds held-out rows that training gives away: near-copies of a training row, answers of which a passage stands in
 * one, and, of plain text, long passages in both parts. It moves no row: it says which to move, so that none is left.
 */
import { Yielding } from '../../yielding';
import { foldText } from './foldedText';
import { growingNumbers } from './growing';
import { PassageIndex, PassageReader } from './passages';
import type { SimilarRows } from './similarRows';
import { Similarity } from './similarity';
import { CodePoints, TextStore } from './textStore';

/** Words of an answer that give it away, and of a passage of plain text; a Chinese character is half a word. */
const ANSWER_WORDS = 12;
const TEXT_WORDS = 50;

/** Rows are named by their place in the order of `add`. */
export interface Leak {
  row: number;
  kind: 'copy' | 'passage';
  /** A row of the other side that gives it away. */
  other: number;
}

export interface LeakOptions {
  /** By place in the order of `add`. */
  isHeld: (row: number) => boolean;
  /** Where rows are moved until nothing leaks. */
  to: 'train' | 'validation';
  /** Groups of which a row on one side gives the others away, as near-copies; a row is in one group of each list. */
  alike: readonly (readonly (readonly number[])[])[];
  signal?: AbortSignal;
}

/** Passages of one length: answers, or plain text. */
interface Passages {
  reader: PassageReader;
  index: PassageIndex;
}

const passagesOf = (words: number): Passages => ({ reader: new PassageReader(words), index: new PassageIndex() });

/**
 * `add` each row, then ask. Memory: as `Similarity`, the answers of rows that can be held out, and 26 to 52 bytes
 * for each word of those that are.
 */
export class LeakFinder {
  readonly #similarity = new Similarity();
  readonly #answers = new TextStore();
  /** By row: the number of its answers in the store + 1; 0: it is plain text or cannot be held out. */
  readonly #answerOf = growingNumbers();
  readonly #points = new CodePoints();
  #ofAnswers = passagesOf(ANSWER_WORDS);
  #ofTexts = passagesOf(TEXT_WORDS);

  /**
   * @param answers all of them; undefined for plain text
   * @param canBeHeld its answers are looked for in other rows
   */
  add(text: string, answers: string | undefined, canBeHeld: boolean): void {
    this.#similarity.add(text);
    this.#answerOf.push(answers === undefined || !canBeHeld ? 0 : this.#answers.add(foldText(answers)) + 1);
  }

  /** @throws cancelled */
  similar(signal?: AbortSignal): Promise<SimilarRows> {
    return this.#similarity.find(signal);
  }

  /**
   * The rows to move, each once.
   * @throws cancelled
   */
  async leaks(options: LeakOptions): Promise<Leak[]> {
    const sides = new Sides(this.#similarity.rows, options);
    [this.#ofAnswers, this.#ofTexts] = [passagesOf(ANSWER_WORDS), passagesOf(TEXT_WORDS)];
    const pace = new Yielding(options.signal);
    return options.to === 'train' ? this.#toTraining(sides, pace) : this.#toValidation(sides, pace);
  }

  /** A row that is moved to training may give away another one, so it is read as one of training then. */
  async #toTraining(sides: Sides, pace: Yielding): Promise<Leak[]> {
    for (const row of sides.held()) this.#lookFor(row);
    const leaks: Leak[] = [];
    for (let read = sides.trained(); read.length > 0;) {
      for (const row of read) {
        this.#meetAll(row);
        if (pace.due()) await pace.rest();
      }
      const found = sides.held().flatMap((row) => sides.copyOf(row) ?? this.#passageOf(row) ?? []);
      for (const { row } of found) sides.move(row);
      leaks.push(...found);
      read = found.map(({ row }) => row);
    }
    return leaks;
  }

  /** A training row that is moved brings its own answers, which may stand in others. */
  async #toValidation(sides: Sides, pace: Yielding): Promise<Leak[]> {
    const leaks: Leak[] = [];
    for (let added = sides.held(); added.length > 0;) {
      for (const row of added) this.#lookFor(row, row);
      const found: Leak[] = [];
      for (const row of sides.trained()) {
        const leak = sides.copyOf(row) ?? passageLeak(row, this.#meetAll(row));
        if (leak) found.push(leak);
        if (pace.due()) await pace.rest();
      }
      for (const { row } of found) sides.move(row);
      leaks.push(...found);
      added = found.map(({ row }) => row);
    }
    return leaks;
  }

  #passages(row: number): Passages {
    return this.#answerOf.data[row] === 0 ? this.#ofTexts : this.#ofAnswers;
  }

  /** What of a held-out row must not stand in training. */
  #own(row: number): CodePoints {
    const answer = this.#answerOf.data[row]!;
    this.#points.clear();
    if (answer > 0) this.#answers.read(answer - 1, this.#points);
    else this.#similarity.read(row, this.#points);
    return this.#points;
  }

  /** @param by the row that a training row leaks to; absent: the one that is met is of interest */
  #lookFor(row: number, by?: number): void {
    const { reader, index } = this.#passages(row);
    reader.read(this.#own(row), (a, b) => index.add(a, b, by));
  }

  /** Reads a training row. @returns the row of the first passage that is looked for and stands in it */
  #meetAll(row: number): number | undefined {
    this.#points.clear();
    this.#similarity.read(row, this.#points);
    let of: number | undefined;
    for (const { reader, index } of [this.#ofAnswers, this.#ofTexts])
      if (index.size > 0)
        reader.read(this.#points, (a, b) => {
          const met = index.meet(a, b, row);
          of ??= met;
        });
    return of;
  }

  #passageOf(row: number): Leak | undefined {
    const { reader, index } = this.#passages(row);
    let other: number | undefined;
    reader.read(this.#own(row), (a, b) => (other ??= index.rowOf(a, b)));
    return passageLeak(row, other);
  }
}

const passageLeak = (row: number, other: number | undefined): Leak | undefined =>
  other === undefined ? undefined : { row, kind: 'passage', other };

/** Which rows are held out, as they are moved, and the groups that are alike. */
class Sides {
  readonly #held: Uint8Array;
  readonly #layers: readonly Layer[];

  constructor(rows: number, { isHeld, to, alike }: LeakOptions) {
    this.#held = Uint8Array.from({ length: rows }, (_, row) => (isHeld(row) ? 1 : 0));
    const target = to === 'validation' ? 1 : 0;
    this.#layers = alike.map((groups) => new Layer(rows, groups, (row) => this.#held[row] === target));
  }

  held(): number[] {
    return this.#on(1);
  }

  trained(): number[] {
    return this.#on(0);
  }

  /** A row on the side to which rows are moved gives all of its group away. */
  copyOf(row: number): Leak | undefined {
    for (const layer of this.#layers) {
      const other = layer.there(row);
      if (other !== undefined) return { row, kind: 'copy', other };
    }
    return undefined;
  }

  move(row: number): void {
    this.#held[row] = 1 - this.#held[row]!;
    for (const layer of this.#layers) layer.arrive(row);
  }

  #on(side: number): number[] {
    const rows: number[] = [];
    this.#held.forEach((held, row) => {
      if (held === side) rows.push(row);
    });
    return rows;
  }
}

/** Groups of rows, and of each a row that stands on the side to which rows are moved. */
class Layer {
  /** By row: its group + 1, or 0. */
  readonly #groupOf: Uint32Array;
  /** By group: the row + 1, or 0. */
  readonly #there: Uint32Array;

  constructor(rows: number, groups: readonly (readonly number[])[], isThere: (row: number) => boolean) {
    this.#groupOf = new Uint32Array(rows);
    this.#there = Uint32Array.from(groups, (group) => (group.find(isThere) ?? -1) + 1);
    groups.forEach((group, i) => {
      for (const row of group) this.#groupOf[row] = i + 1;
    });
  }

  there(row: number): number | undefined {
    const group = this.#groupOf[row]!;
    const other = group === 0 ? 0 : this.#there[group - 1]!;
    return other === 0 ? undefined : other - 1;
  }

  arrive(row: number): void {
    const group = this.#groupOf[row]!;
    if (group > 0 && this.#there[group - 1] === 0) this.#there[group - 1] = row + 1;
  }
}

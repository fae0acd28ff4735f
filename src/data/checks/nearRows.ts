/**
 * Which rows of a run nearly repeat another one, and which held-out rows training gives away: what two checks find, and
 * what the picks of a run leave out or move. The rows are compared as in data/clean.
 */
import { growingFloats, growingNumbers } from '../clean/near/growing';
import { LeakFinder } from '../clean/near/leakFinder';
import { textKey } from './textKey';

/**
 * Rows that differ in a few characters only. Below it, rows from one template count as repeats, which a click should
 * not take out of a run unseen; a recipe goes further.
 */
const SIMILARITY = 0.9;

/**
 * Characters that are compared; of longer data the first of them, for preflight is run often. 14 million (20,000 rows)
 * took 1.7 s of CPU time on the machine of the tests, beside 0.7 s for their tokens by a tokenizer of the studio. A
 * recipe compares all.
 */
const MOST_CHARACTERS = 16e6;

export interface NearFound {
  /** Numbers of training rows that nearly repeat another one, which is as long or longer. */
  repeats: readonly number[];
  /** Numbers of held-out rows that training gives away. */
  leaks: readonly number[];
  /** Rows that were compared. */
  looked: number;
}

/** Of a row: all of its text, what its last answer is to, and its answers, none in plain text. */
interface ComparedRow {
  text: string;
  question: string;
  answers: readonly string[];
  /** It was made of another row, which it may repeat. */
  made?: boolean;
}

/** What tells two questions apart. */
const questionKey = (question: string): number => textKey(question.toLowerCase().replace(/\s+/g, ' ').trim());

/** `see` each row in order, then `find`. */
export class NearRows {
  readonly #finder = new LeakFinder();
  /** By place in the order of `see`. */
  readonly #numbers = growingNumbers();
  readonly #lengths = growingNumbers();
  readonly #texts = growingFloats();
  readonly #questions = growingFloats();
  readonly #made = new Set<number>();
  #characters = 0;
  #looked = 0;

  /** @param canBeHeld its answers are looked for in other rows */
  see({ text, question, answers, made }: ComparedRow, at: number, canBeHeld: boolean): void {
    if (made) this.#made.add(this.#numbers.length);
    this.#numbers.push(at);
    this.#lengths.push(text.length);
    this.#texts.push(textKey(text));
    this.#questions.push(questionKey(question));
    this.#characters += text.length;
    if (this.#characters > MOST_CHARACTERS) {
      this.#finder.add('', undefined, false);
      return;
    }
    this.#looked++;
    this.#finder.add(text, answers.length > 0 ? answers.join('\n') : undefined, canBeHeld);
  }

  /**
   * @param isHeld By the row's number
   * @param moved Whether the leaks are trained on, so that they too may repeat a row
   * @throws cancelled
   */
  async find(isHeld: (number: number) => boolean, moved: boolean, signal?: AbortSignal): Promise<NearFound> {
    const numbers = this.#numbers.data;
    const groups = (await this.#finder.similar(signal)).groups(SIMILARITY);
    const held = (row: number): boolean => isHeld(numbers[row]!);
    const alike = [groups, this.#askingTheSame()];
    const leaks = (await this.#finder.leaks({ isHeld: held, to: 'train', alike, signal })).map(({ row }) => row);
    const trained = new Set(moved ? leaks : []);
    const repeats = groups.flatMap((group) => this.#repeats(group.filter((row) => !held(row) || trained.has(row))));
    const named = (rows: number[]): number[] => rows.map((row) => numbers[row]!).sort((a, b) => a - b);
    return { repeats: named(repeats), leaks: named(leaks), looked: this.#looked };
  }

  /** All but the longest, of which the first; rows that repeat that word for word are found by another check. */
  #repeats(alike: readonly number[]): number[] {
    const group = alike.filter((row) => !this.#made.has(row));
    const [lengths, texts] = [this.#lengths.data, this.#texts.data];
    const [first, ...others] = group;
    if (first === undefined) return [];
    const kept = others.reduce((best, row) => (lengths[row]! > lengths[best]! ? row : best), first);
    return group.filter((row) => texts[row] !== texts[kept]);
  }

  /** Groups of rows whose questions are the same but for case and blanks. */
  #askingTheSame(): number[][] {
    const groups = new Map<number, number[]>();
    for (let row = 0; row < this.#questions.length; row++) {
      const key = this.#questions.data[row]!;
      const group = groups.get(key);
      if (group) group.push(row);
      else groups.set(key, [row]);
    }
    return [...groups.values()].filter(({ length }) => length > 1);
  }
}

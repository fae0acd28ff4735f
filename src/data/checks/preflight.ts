/**
 * Runs a list of checks over the rows of a run and counts what it would train on. Reads no storage, changes nothing.
 */
import type { Finding } from '../../base/wire/findings';
import type { Marks } from '../../base/settings/thumbWeights';
import type { ClassCount, TokenCount, TrainedOn } from '../../base/wire/requests';
import { packBins } from '../batches/pack';
import type { Tokenizer } from '../tokens/tokenizer';
import { TokenTally } from './tokenTally';
import type { Check, Found, InspectedRow } from './check';
import { CHECKS } from './checks';
import { ClassTally } from './classTally';
import { NearRows } from './nearRows';
import { gradesOf } from './rowGrades';

const added = (one: Marks, { good, bad }: Marks = { good: 0, bad: 0 }): Marks => ({
  good: one.good + good,
  bad: one.bad + bad,
});

/** Rows that a finding names: so many can be left out in one click. */
const NAMED = 1000;

/** What was seen of one dataset. */
interface SeenRows {
  /** That are trained on, and their tokens: of a pair those of both answers. */
  rows: number;
  tokens: number;
  held: number;
  marks?: Marks;
  /** Tokens that each graded row trained on takes in a window; none of pairs, which are not packed. */
  lengths: number[];
}

/**
 * `see` each row, then ask. Memory: some numbers for each distinct row and question, and the texts that are compared
 * (see `NearRows`).
 */
export class Preflight {
  rows = 0;
  /** By dataset. */
  readonly #seen: SeenRows[] = [];
  readonly #looks;
  /** Where a check asks for it. */
  readonly #near: NearRows | undefined;
  readonly #held = new Set<number>();
  readonly #classes = new ClassTally();
  readonly #newTokens: TokenTally;

  /** @param context tokens of a window */
  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly context: number,
    checks: readonly Check[] = CHECKS,
  ) {
    this.#newTokens = new TokenTally(tokenizer);
    this.#looks = checks.map((check) => ({ check, look: check.look(tokenizer) }));
    this.#near = checks.some(({ near }) => near) ? new NearRows() : undefined;
  }

  /**
   * @param number of the row, from 1 over all datasets; absent where none is left out before it
   * @param dataset its place among several
   */
  see(row: InspectedRow, number = this.rows + 1, dataset = 0): void {
    this.rows++;
    const grades = gradesOf(row, this.tokenizer, this.context);
    for (const { look } of this.#looks) look.see({ ...row, number, grades });
    this.#classes.see(row);
    this.#newTokens.see(row);
    this.#near?.see(row, number, row.held);
    const seen = (this.#seen[dataset] ??= { rows: 0, tokens: 0, held: 0, lengths: [] });
    if (row.held) {
      this.#held.add(number);
      seen.held++;
    }
    if (row.held || 'reason' in row.encoded) return;
    seen.rows += row.paired ? 1 : row.encoded.length;
    for (const { ids } of row.encoded) seen.tokens += ids.length;
    if (row.marks) seen.marks = added(row.marks, seen.marks);
    if (!row.paired) seen.lengths.push(...(grades?.lengths ?? []));
  }

  /** What is trained on; how many windows hold it packed is known once all rows were seen. */
  get train(): TrainedOn {
    return this.#trainedOn(this.#seen);
  }

  /** Of texts that are classified; none of others. */
  get classes(): ClassCount[] {
    return this.#classes.counts;
  }

  /** Of tokens that are added to the base; none where none are. */
  get newTokens(): TokenCount[] {
    return this.#newTokens.counts;
  }

  /** The same of each of so many datasets, with its held-out rows. */
  parts(datasets: number): (TrainedOn & { held: number })[] {
    return Array.from({ length: datasets }, (_, i) => {
      const seen = this.#seen[i];
      return { ...this.#trainedOn(seen ? [seen] : []), held: seen?.held ?? 0 };
    });
  }

  #trainedOn(seen: readonly SeenRows[]): TrainedOn {
    const sumOf = (name: 'rows' | 'tokens'): number => seen.reduce((sum, of) => sum + of[name], 0);
    const lengths = seen.flatMap((of) => of.lengths);
    const packed = lengths.length > 0 && { packed: packBins(lengths, this.context).length };
    const marks = seen.reduce<Marks | undefined>((sum, of) => (of.marks ? added(of.marks, sum) : sum), undefined);
    return { rows: sumOf('rows'), tokens: sumOf('tokens'), ...packed, ...(marks && { marks }) };
  }

  /**
   * In the order of the checks.
   * @throws cancelled
   */
  async findings(signal?: AbortSignal): Promise<Finding[]> {
    const near = await this.#near?.find((number) => this.#held.has(number), false, signal);
    return this.#looks.flatMap(({ check, look }) => {
      const found = look.found(this.rows, near ?? { repeats: [], leaks: [], looked: 0 });
      return found ? [this.#finding(check, found)] : [];
    });
  }

  #finding({ code, level, cures }: Check, { count, rows, facts, refusal }: Found): Finding {
    const percent = Math.round((100 * count) / Math.max(1, this.rows));
    return {
      ...{ code, level, count },
      facts: { count, percent, context: this.context, ...facts },
      ...(refusal && { refusal }),
      ...(rows && { rows: rows.slice(0, NAMED) }),
      ...(cures && { cures }),
    };
  }
}

/**
 * Runs a list of checks over the rows of a run and counts what it would train on. Reads no storage, changes nothing.
 */
import type { Finding } from '../../base/wire/findings';
import { packBins } from '../batches/pack';
import type { Tokenizer } from '../tokens/tokenizer';
import type { Check, Found, InspectedRow } from './check';
import { CHECKS } from './checks';
import { NearRows } from './nearRows';
import { gradesOf } from './rowGrades';

/** Rows that a finding names: so many can be left out in one click. */
const NAMED = 1000;

/**
 * `see` each row, then ask. Memory: some numbers for each distinct row and question, and the texts that are compared
 * (see `NearRows`).
 */
export class Preflight {
  rows = 0;
  /** Rows that are trained on, and their tokens: of a pair those of both answers. */
  readonly #train = { rows: 0, tokens: 0 };
  /** Tokens that each graded row of them takes in a window; none of pairs, which are not packed. */
  readonly #lengths: number[] = [];
  readonly #looks;
  /** Where a check asks for it. */
  readonly #near: NearRows | undefined;
  readonly #held = new Set<number>();

  /** @param context tokens of a window */
  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly context: number,
    checks: readonly Check[] = CHECKS,
  ) {
    this.#looks = checks.map((check) => ({ check, look: check.look(tokenizer) }));
    this.#near = checks.some(({ near }) => near) ? new NearRows() : undefined;
  }

  /** @param number of the row, from 1 over all datasets; absent where none is left out before it */
  see(row: InspectedRow, number = this.rows + 1): void {
    this.rows++;
    const grades = gradesOf(row, this.tokenizer, this.context);
    for (const { look } of this.#looks) look.see({ ...row, number, grades });
    this.#near?.see(row, number, row.held);
    if (row.held) this.#held.add(number);
    if (row.held || 'reason' in row.encoded) return;
    this.#train.rows += row.paired ? 1 : row.encoded.length;
    for (const { ids } of row.encoded) this.#train.tokens += ids.length;
    if (!row.paired) this.#lengths.push(...(grades?.lengths ?? []));
  }

  /** What is trained on; how many windows hold it packed is known once all rows were seen. */
  get train(): { rows: number; tokens: number; packed?: number } {
    if (this.#lengths.length === 0) return this.#train;
    return { ...this.#train, packed: packBins(this.#lengths, this.context).length };
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

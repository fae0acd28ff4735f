// The rows of the table that are near the place it is scrolled to: read in blocks as they are wanted, and let go again.
import { asAtelierError, type AtelierError } from '../../../../base/errors/errors';
import type { TableRow } from '../../../../base/wire/rowTable';

/** Rows that are read at once. */
const BLOCK = 50;
/** Blocks that stay. */
const MOST_BLOCKS = 12;

type ReadRows = (from: number, count: number) => Promise<readonly TableRow[]>;

export class RowPages {
  #blocks = $state.raw<ReadonlyMap<number, readonly TableRow[]>>(new Map());
  /** Why rows could not be read. */
  error = $state.raw<AtelierError>();
  #read: ReadRows | undefined;
  #wanted = { first: 0, count: 0 };
  #reading = false;

  /** Other rows, or the same in another order. */
  turnTo(read: ReadRows): void {
    this.#read = read;
    this.#blocks = new Map();
    this.error = undefined;
    void this.#load();
  }

  /** Undefined while it is not read. */
  at(place: number): TableRow | undefined {
    return this.#blocks.get(Math.floor(place / BLOCK))?.[place % BLOCK];
  }

  /** The rows that are shown now: those on the way there are not waited for. */
  want(first: number, count: number): void {
    this.#wanted = { first, count };
    void this.#load();
  }

  async #load(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    for (let block = this.#missing(); block !== undefined && !this.error; block = this.#missing())
      await this.#loadBlock(block);
    this.#reading = false;
  }

  async #loadBlock(block: number): Promise<void> {
    const read = this.#read;
    try {
      const rows = await read?.(block * BLOCK, BLOCK);
      if (rows && read === this.#read) this.#keep(block, rows);
    } catch (thrown) {
      if (read === this.#read) this.error = asAtelierError(thrown);
    }
  }

  #missing(): number | undefined {
    const { first, count } = this.#wanted;
    if (!this.#read || count === 0) return undefined;
    const last = Math.floor((first + count - 1) / BLOCK);
    for (let block = Math.floor(first / BLOCK); block <= last; block++) if (!this.#blocks.has(block)) return block;
    return undefined;
  }

  #keep(block: number, rows: readonly TableRow[]): void {
    const middle = Math.floor((this.#wanted.first + this.#wanted.count / 2) / BLOCK);
    const blocks = [...this.#blocks, [block, rows] as const];
    blocks.sort(([a], [b]) => Math.abs(a - middle) - Math.abs(b - middle));
    this.#blocks = new Map(blocks.slice(0, MOST_BLOCKS));
  }
}

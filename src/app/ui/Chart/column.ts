/** Numbers in the order they arrive, in one typed array that doubles when full: appending 100,000 costs 11 copies. */
export class Column {
  #values = new Float64Array(64);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The number at an index; NaN outside and where none was measured. */
  at(index: number): number {
    return index >= 0 && index < this.#length ? (this.#values[index] ?? NaN) : NaN;
  }

  get last(): number {
    return this.at(this.#length - 1);
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const wider = new Float64Array(2 * this.#length);
      wider.set(this.#values);
      this.#values = wider;
    }
    this.#values[this.#length++] = value;
  }

  /** Writes over the numbers from this index on. */
  fillFrom(index: number, value: number): void {
    this.#values.fill(value, Math.max(0, index), this.#length);
  }

  /** Forgets all from this index on. */
  truncate(length: number): void {
    this.#length = Math.min(this.#length, Math.max(0, length));
  }

  /** A view of what is held, valid until the next `push`. */
  view(): Float64Array {
    return this.#values.subarray(0, this.#length);
  }
}

/** In a rising column, the first index whose number is at least `value`; the length where there is none. */
export function lowerBound(column: Column, value: number): number {
  let low = 0;
  let high = column.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (column.at(middle) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** In a rising column, the index whose number is nearest to `value`; -1 where the column is empty. */
export function nearest(column: Column, value: number): number {
  const after = lowerBound(column, value);
  if (after === 0) return column.length === 0 ? -1 : 0;
  if (after === column.length) return after - 1;
  return value - column.at(after - 1) <= column.at(after) - value ? after - 1 : after;
}

/** What 99 of 100 numbers of some columns do not exceed; undefined of none. */
export function mostOf(lines: readonly { y: Column }[]): number | undefined {
  const sorted = lines.flatMap(({ y }) => [...y.view()].filter(Number.isFinite)).toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1];
}
